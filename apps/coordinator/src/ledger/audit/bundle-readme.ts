import { toHex } from '@fedseal/chain/bytes';
import type { BundleContents } from '@fedseal/chain/file/bundle-contents';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { encodeVerifierKey } from '@fedseal/chain/note/note-key';
import type { ChainReport } from '@fedseal/chain/verify/verify-chain';

/** The page inside a bundle that tells its reader, in plain words, what lies beside it and how far it can be believed. */
export function bundleReadme(chain: ChainReport, contents: BundleContents): string {
  const { head, views } = chain;
  const operator = views.operator!;
  const origin = views.charter!.origin;
  return `AUDIT BUNDLE of "${chain.name}"

This folder shows how models were trained together: who took part, with which signed
contributions, what was refused and why, and which models came out. It can be checked on
any computer, without a network and without the organisation that wrote it.


WHOSE HISTORY, AND HOW FAR

  chain            ${chain.chainId}
  newest block     ${head.height}, found ${new Date(chain.timestampMs).toISOString()} by the operator's clock
  its hash         ${head.blockHash}
  entries          ${head.treeSize}, root ${head.treeRoot}
  rounds           ${chain.rounds}, in ${chain.runs} ${chain.runs === 1 ? 'run' : 'runs'}
  operator's key   ${toHex(operator.publicKey)}
  its name (keyId) ${operator.keyId}
  as monitors of transparency logs take it:
  ${encodeVerifierKey(nodeCrypto, { name: origin, publicKey: operator.publicKey })}

Compare the chain and the newest block with what you hold from another source: an
invitation, a contract, a receipt, an older bundle, a contributor. A folder can only say
that it is whole; that it is the only history, no folder can say about itself.


WHAT EACH FILE IS

  chain.fsl        every block and every entry, with all signatures. Everything else here
                   is checked against it.
  checkpoint       number and root of the entries, signed by the operator (a C2SP signed
                   note). Whoever is shown another root for this number of entries holds
                   proof against the operator.
  tile/            the same entries and their hashes, cut as C2SP tlog-tiles says, for the
                   tools of other transparency logs. tile/entries/ holds the entries.
  blobs/           the files that entries name by their SHA-256, each named by it:
                   plans (JSON), lists of candidates and of weights (JSON), models and
                   updates (safetensors).
  bundle.json      which of those files this bundle was asked to hold.
  README.txt       this page. It proves nothing, and no check reads it.

In blobs/:
${held(contents)}


HOW TO CHECK IT

  npx fedseal verify DIR        every block, signature and rule; checkpoint and tiles
  npx fedseal audit DIR         the same, every file in blobs/, and every initial model,
                                draw of participants and average that the files allow,
                                computed again and compared byte for byte
  ${isWhole(contents) ? 'python3 tools/verify.py DIR   ' : 'python3 tools/verify.py DIR/chain.fsl\n                                '}a second, independent program in one Python file:
                                ${isWhole(contents) ? 'blocks, signatures, rules, and the averages' : 'blocks, signatures and rules'}
  npx fedseal verify MODEL.safetensors --chain DIR
                                where a model comes from

DIR is this folder. The programs are in Fedseal's source code; docs/CHAIN.md there says
how everything is encoded, for whoever would rather write another verifier. Exit status 0:
it holds. 1: it does not, and the first wrong block, entry and rule are named.


WHAT PROOF OF WORK SHOWS, AND WHAT IT DOES NOT

Finding these blocks took about ${BigInt(chain.work).toLocaleString('en')} tries of a hash function. An entry cannot be
changed without finding its block and all later ones again. That stops accidents and makes
tampering by outsiders cost something. It does not stop the operator, whose own machines
found the blocks and could find others. Against the operator stand the signatures: each
contributor signs, inside its contribution, the newest block that it had checked itself.
To rewrite the past, the operator would have to forge those signatures.

Nothing here shows that a contribution was honest, that a contributor counted its examples
truly, or that nobody was left unheard. It shows who signed what, and that nothing was
changed since.
`;
}

/** Whether every file that is sealed and stored was asked for. */
function isWhole({ models, updates, runs }: BundleContents): boolean {
  return models === 'all' && updates === 'all' && runs === null;
}

function held({ models, updates, runs }: BundleContents): string {
  const lines = [
    runs === null ? 'files of every run' : `files of these runs alone: ${runs.join(', ')}`,
    'every plan, and every list of candidates and of weights',
    { all: 'every model', final: "each run's newest model; the models before it were left out", none: 'no models: they were left out' }[models],
    ...(updates === 'all'
      ? ['every update that was kept. An update can tell something of the data it was trained', '  on: pass this folder on to those alone who may know that']
      : ['no updates: they were left out']),
  ];
  return lines.map((line) => (line.startsWith(' ') ? `  ${line}` : `  - ${line}`)).join('\n');
}
