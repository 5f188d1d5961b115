export const HELP_TEXT = `Usage: node apps/worker/dist/main.js --home DIR --data synthetic|DIR|FILE.csv [options]

Takes part in a federation: trains on local data when invited and sends signed updates. The data stays here.

  --home DIR              where this worker keeps its key, its records and unsent updates (made when absent)
  --invite CODE           invitation from the operator, needed on the first start (fsinv1.…); FEDSEAL_INVITE in the
                          environment says the same without showing it to every user of the machine
  --name NAME             public name; it is sealed into the chain and can never be deleted
                          (default: worker- and the first digits of the key's id)
  --url URL               the coordinator's address, when it has moved since the invitation
  --data synthetic        built-in synthetic digits
  --data DIR              a folder with MNIST's IDX files (gzip or not), or with one folder of PNG or JPEG files for each class
  --data FILE.csv         a table of numbers with a column of labels (.csv or .tsv, also .gz)
  --split train|test      which part of it (default: train for a contributor, test for an evaluator): IDX files, the folders
                          train and test of images, or synthetic digits; a table is used as it is
  --image-size HxWxC      bring images to this size, such as 28x28x1 (grey) or 32x32x3 (coloured); read a table's rows as such
  --label COLUMN          the table's column of labels, by name or counted from 1 (default: label, else the last)
  --classes A,B,…         names of the classes in the order of the model's outputs, the same for every worker
                          (default: whole numbers stand for themselves, names are sorted)
  --hold-out SHARE        keep this share of the examples, drawn by class, such as 0.1, to measure new models with where the plan
                          asks contributors to; it is never trained on (default: none)
  --examples N            use at most N examples
  --partition RULE        iid, dirichlet:ALPHA or shards:N: how the data set is split among workers (default: iid)
  --shard I/N             take the I-th of N parts, counting from 1 (default: everything)
  --data-seed S           seed of the synthetic data, the partition and the hold-out (default: 1)
  --backend NAME          auto, wasm, webgpu, tfjs-node or cpu (default: auto); \`fedseal worker doctor\` tells what works here;
                          FEDSEAL_TFJS_NODE in the environment names the folder of a @tensorflow/tfjs-node installed elsewhere
  --parallel N            train on N threads, each with a backend of its own (wasm or cpu): a round is trained by one of them,
                          an evaluation by all, with the same bits whatever N (default: the thread that talks to the coordinator)
  --format text|json      what is printed on standard output; json is one object a line (default: text)
  -h, --help              this text

Beside its key the home keeps the operator's promises, the receipts of its updates, signed checkpoints, and in evidence/ what is
wrong with the chain; \`fedseal receipt list|show|verify\` reads them with no network.

Exit status: 0 stopped on request, 1 failed, 2 wrong usage, 3 the coordinator's history contradicts what this worker
verified before (the message names the evidence file), 4 the federation refused this worker or could not prove that it is the one in the invitation.
`;
