import { toBase64url, toHex } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { decodeHeader } from '../header/header.js';
import type { PlacedLeaf } from '../evidence/file-fields.js';
import { readLeaf } from '../leaf/read-leaf.js';
import type { ReadLeaf } from '../leaf/read-leaf.js';
import { artifactsOf } from './artifacts-of.js';
import type { Receipt } from './receipt.js';

type Eventually<T> = T | Promise<T>;

/** What a receipt is made from. Only sealed leaves count; hashes are 32 bytes. */
export interface ReceiptSource {
  /** A leaf's bytes. */
  leaf(index: number): Eventually<Uint8Array>;
  /** The header that seals a leaf, the first whose tree holds it: 176 bytes; undefined while none does. */
  sealingHeader(index: number): Eventually<Uint8Array | undefined>;
  inclusionProof(index: number, size: number): Eventually<readonly Uint8Array[]>;
  consistencyProof(from: number, to: number): Eventually<readonly Uint8Array[]>;
  /** The newest signed checkpoint, and the size of its tree. */
  checkpoint(): Eventually<{ readonly note: string; readonly size: number }>;
  /**
   * Index of the last leaf below `before` that brought a contributor's or node's key (contributor.enrol, contributor.rotate,
   * node.add); undefined for other keys.
   * @param keyId hex
   */
  keyLeaf(keyId: string, before: number): Eventually<number | undefined>;
  /** Indices of every operator.rotate, ascending. */
  operatorRotations(): Eventually<readonly number[]>;
}

/**
 * The receipt of a sealed leaf, for the newest checkpoint.
 * @throws ChainError `receipt.unsealed` when no block seals the leaf, or none that the checkpoint covers
 */
export async function buildReceipt(source: ReceiptSource, index: number): Promise<Receipt> {
  const headerBytes = await source.sealingHeader(index);
  const { note, size } = await source.checkpoint();
  const header = headerBytes && decodeHeader(headerBytes);
  if (headerBytes === undefined || header === undefined || header.treeSize > size) {
    throw new ChainError('receipt.unsealed', 'No signed block seals this leaf yet; ask again after the next block.', { leaf: index });
  }
  const bytes = await source.leaf(index);
  const leaf = readLeaf(bytes);
  const place = async (at: number): Promise<PlacedLeaf> => ({
    leaf: toBase64url(await source.leaf(at)), index: at, inclusion: (await source.inclusionProof(at, size)).map(toHex),
  });
  const enrolment: PlacedLeaf[] = [];
  for (const at of await keyLeaves(source, leaf, index, size)) enrolment.push(await place(at));
  return {
    fedseal: 'receipt/v1',
    // Genesis names no chain: its tree is the charter alone, whose leaf hash is the chain's id.
    chain: toHex(header.height === 0 ? header.treeRoot : header.chainId),
    charter: toBase64url(await source.leaf(0)),
    leaf: toBase64url(bytes),
    index,
    inclusion: (await source.inclusionProof(index, header.treeSize)).map(toHex),
    block: { height: header.height, header: toHex(headerBytes) },
    enrolment,
    checkpoint: note,
    consistency: (await source.consistencyProof(header.treeSize, size)).map(toHex),
    link: header.treeSize < size ? await place(header.treeSize) : null,
    artifacts: artifactsOf(leaf),
  };
}

/** The leaves that brought the keys which the leaf and the checkpoint lean on, ascending. */
async function keyLeaves(source: ReceiptSource, leaf: ReadLeaf, index: number, size: number): Promise<number[]> {
  const found = new Set((await source.operatorRotations()).filter((at) => at < size && at !== index));
  // A rotated key leans on the one before it, and so on back to an enrolment.
  const open = [{ leaf, before: index }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { keyId } of next.leaf.signatures) {
      const at = await source.keyLeaf(toHex(keyId), next.before);
      if (at === undefined || found.has(at)) continue;
      found.add(at);
      open.push({ leaf: readLeaf(await source.leaf(at)), before: at });
    }
  }
  return [...found].sort((a, b) => a - b);
}
