import { toHex } from '../bytes.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import type { Signer } from '../crypto/crypto.js';
import { keyIdOf } from '../crypto/key-id.js';
import { fromHex } from '../bytes.js';
import { readLeaf } from '../leaf/read-leaf.js';
import { nodeCrypto } from '../native/node-crypto.js';
import type { ReceiptSource } from '../receipt/build-receipt.js';
import type { TestChain } from './test-chain.testing.js';

/** What a coordinator would make receipts from, read off a chain in memory; the checkpoint covers the blocks up to `height`. */
export function receiptSource(chain: TestChain, { height = chain.headers.length - 1, operator = chain.operator }: { height?: number; operator?: Signer } = {}): ReceiptSource {
  const size = chain.decodedHeaders[height]?.treeSize as number;
  const leaves = chain.leaves.map(readLeaf);
  const origin = chain.rules.views.charter?.origin as string;
  return {
    leaf: (index) => chain.leaves[index] as Uint8Array,
    sealingHeader: (index) => {
      const at = chain.decodedHeaders.findIndex(({ treeSize }) => treeSize > index);
      return at < 0 || at > height ? undefined : chain.headers[at];
    },
    inclusionProof: (index, at) => chain.tree.inclusionProof(index, at),
    consistencyProof: (from, to) => chain.tree.consistencyProof(from, to),
    checkpoint: () => ({ note: signCheckpoint({ origin, size, root: chain.tree.rootAt(size) }, operator, nodeCrypto), size }),
    keyLeaf: (keyId, before) => {
      const at = leaves.findLastIndex((leaf, index) => index < before
        && (leaf.kind === 'contributor.enrol' || leaf.kind === 'contributor.rotate' || leaf.kind === 'node.add')
        && toHex(keyIdOf(nodeCrypto, fromHex(leaf.payload.key))) === keyId);
      return at < 0 ? undefined : at;
    },
    operatorRotations: () => leaves.flatMap((leaf, index) => (leaf.kind === 'operator.rotate' ? [index] : [])),
  };
}

/** Index of the n-th leaf of a kind. */
export function leafIndex(chain: TestChain, kind: string, n = 0): number {
  return chain.leaves.flatMap((bytes, index) => (readLeaf(bytes).kind === kind ? [index] : []))[n] as number;
}
