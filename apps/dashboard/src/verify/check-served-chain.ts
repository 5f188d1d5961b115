import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { decodeCheckpoint } from '@fedseal/chain/checkpoint/checkpoint';
import { openCheckpoint } from '@fedseal/chain/checkpoint/open-checkpoint';
import { nobleCrypto } from '@fedseal/chain/crypto/noble-crypto';
import { decodeNote } from '@fedseal/chain/note/note';
import { verifyChain, type ChainCallbacks, type ChainReport } from '@fedseal/chain/verify/verify-chain';
import { federation } from '../rest/ledger-views.js';
import { readBytes, servedHeaders, servedLeaves, Unreached } from './served-chain.js';

/**
 * The whole chain of this page's server: every header and leaf as they stream by, then the operator's signature over the tree head, then
 * what the server says of itself beside what was found.
 * @param onSize told how many leaves the checkpoint promises
 * @throws ChainError `checkpoint.*`, `view.*`, and as `verifyChain`; Unreached
 */
export async function checkServedChain(callbacks: ChainCallbacks, onSize: (size: number) => void): Promise<ChainReport> {
  const bytes = await readBytes('/checkpoint');
  if (bytes === undefined) throw new Unreached('/checkpoint: there is none');
  const note = new TextDecoder().decode(bytes);
  const { size } = decodeCheckpoint(decodeNote(note).text);
  onSize(size);
  const report = await verifyChain({ headers: servedHeaders(size), leaves: servedLeaves(size) }, nobleCrypto, callbacks);
  demandSigned(note, report);
  await demandOwnView(report);
  return report;
}

function demandSigned(note: string, { head, views }: ChainReport): void {
  const { charter, operator } = views;
  if (charter === undefined || operator === undefined) throw new ChainError('charter.missing', 'The chain has no charter.');
  const { size, root } = openCheckpoint(note, { origin: charter.origin, publicKey: operator.publicKey }, nobleCrypto);
  if (size !== head.treeSize || toHex(root) !== head.treeRoot) {
    throw new ChainError('checkpoint.head', `The checkpoint signs ${size} leaves with the root ${toHex(root)}; the chain has ${head.treeSize} with the root ${head.treeRoot}.`, { block: head.height });
  }
}

/** The pages show what /v1/federation says; it may be ahead of what was checked, and never beside it. */
async function demandOwnView({ chainId, head }: ChainReport): Promise<void> {
  const bytes = await readBytes('/v1/federation');
  const parsed = federation.safeParse(bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw new Unreached('/v1/federation: not what this page expects');
  const said = parsed.data;
  if (said.chain !== chainId) throw new ChainError('view.chain', `The server calls itself the chain ${said.chain}; its leaves are of ${chainId}.`);
  if (said.head.height === head.height && said.head.blockHash !== head.blockHash) {
    throw new ChainError('view.head', `The server shows block ${said.head.blockHash}; the header there has the hash ${head.blockHash}.`, { block: head.height });
  }
}
