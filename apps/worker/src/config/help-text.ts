export const HELP_TEXT = `Usage: node apps/worker/dist/main.js --home DIR --data synthetic|DIR [options]

Takes part in a federation: trains on local data when invited and sends signed updates. The data stays here.

  --home DIR              where this worker keeps its key, its records and unsent updates (made when absent)
  --invite CODE           invitation from the operator, needed on the first start (fsinv1.…); FEDSEAL_INVITE in the
                          environment says the same without showing it to every user of the machine
  --name NAME             public name; it is sealed into the chain and can never be deleted
                          (default: worker- and the first digits of the key's id)
  --url URL               the coordinator's address, when it has moved since the invitation
  --data synthetic|DIR    built-in synthetic digits, or a folder with a data set
  --split train|test      which part of it (default: train for a contributor, test for an evaluator)
  --examples N            use at most N examples
  --partition RULE        iid, dirichlet:ALPHA or shards:N: how the data set is split among workers (default: iid)
  --shard I/N             take the I-th of N parts, counting from 1 (default: everything)
  --data-seed S           seed of the synthetic data and of the partition (default: 1)
  --backend NAME          auto, wasm, webgpu, tfjs-node or cpu (default: auto); \`fedseal worker doctor\` tells what works here;
                          FEDSEAL_TFJS_NODE in the environment names the folder of a @tensorflow/tfjs-node installed elsewhere
  --format text|json      what is printed on standard output; json is one object a line (default: text)
  -h, --help              this text

Exit status: 0 stopped on request, 1 failed, 2 wrong usage, 3 the coordinator's history contradicts what this worker
verified before, 4 the federation refused this worker or could not prove that it is the one in the invitation.
`;
