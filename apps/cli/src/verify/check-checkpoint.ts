import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { openCheckpoint } from '@fedseal/chain/checkpoint/open-checkpoint';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { ChainReport } from '@fedseal/chain/verify/verify-chain';
import type { SignedHead } from './chain-source.js';

/**
 * Holds a signed checkpoint to a verified chain: signed by the operator that the chain's leaves name, for the chain's own size and root.
 * @throws ChainError `checkpoint.head`, and as `openCheckpoint`
 */
export function checkCheckpoint(note: string, { head, views }: ChainReport): SignedHead {
  const { origin } = views.charter!;
  const { publicKey, keyId } = views.operator!;
  const { size, root } = openCheckpoint(note, { origin, publicKey }, nodeCrypto);
  if (size !== head.treeSize || toHex(root) !== head.treeRoot) {
    throw new ChainError('checkpoint.head', `The checkpoint signs ${size} leaves with the root ${toHex(root)}; this chain has ${head.treeSize} with the root ${head.treeRoot}.`, { block: head.height });
  }
  return { origin, size, root: head.treeRoot, keyId };
}
