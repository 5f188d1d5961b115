import { concatBytes, equalBytes, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { HEADER_BYTES } from '../header/header.js';
import { LEAF_HEAD_BYTES, MAX_LEAF_BYTES } from '../leaf/leaf.js';

/**
 * A whole chain in one file (docs/CHAIN.md, "Chain file"): `"FSLCHAIN" ‖ u32 version ‖ u64 headers ‖ u64 leaves ‖ headers of 176 bytes ‖
 * leaves, each u32 length ‖ bytes`, and nothing after.
 */

const MAGIC = utf8('FSLCHAIN');
const VERSION = 1;
const FRONT_BYTES = 28;

export interface ChainFile {
  readonly headers: readonly Uint8Array[];
  readonly leaves: readonly Uint8Array[];
}

/** The first 28 bytes, for writers that stream. */
export function encodeChainFileFront(headers: number, leaves: number): Uint8Array {
  const front = new Uint8Array(FRONT_BYTES);
  const view = new DataView(front.buffer);
  front.set(MAGIC);
  view.setUint32(8, VERSION);
  view.setBigUint64(12, BigInt(headers));
  view.setBigUint64(20, BigInt(leaves));
  return front;
}

/** u32 length before a leaf. */
export function encodeLeafLength(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

/** @throws ChainError `file.header` when a header is not 176 bytes */
export function encodeChainFile({ headers, leaves }: ChainFile): Uint8Array {
  if (headers.some((header) => header.length !== HEADER_BYTES)) {
    throw new ChainError('file.header', `A header is ${HEADER_BYTES} bytes.`);
  }
  return concatBytes(
    encodeChainFileFront(headers.length, leaves.length),
    ...headers,
    ...leaves.flatMap((leaf) => [encodeLeafLength(leaf.length), leaf]),
  );
}

/**
 * Splits a file into headers and leaves, which share its memory. Their content is for `verifyChain` to judge.
 * @throws ChainError `file.magic`, `.version`, `.truncated`, `.leaf-length`, `.trailing`
 */
export function decodeChainFile(bytes: Uint8Array): { headers: Uint8Array[]; leaves: Uint8Array[] } {
  if (bytes.length < FRONT_BYTES) throw truncated('its first 28 bytes are not whole');
  if (!equalBytes(bytes.subarray(0, 8), MAGIC)) throw new ChainError('file.magic', 'This is no chain file: it does not begin with "FSLCHAIN".');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8);
  if (version !== VERSION) throw new ChainError('file.version', `This verifier reads chain files of version ${VERSION}, not ${version}.`);
  const headerCount = view.getBigUint64(12);
  const leafCount = view.getBigUint64(20);
  // Compared with the file's length first, so that no count makes the reader allocate or loop beyond the file.
  const headersEnd = BigInt(FRONT_BYTES) + headerCount * BigInt(HEADER_BYTES);
  const least = headersEnd + leafCount * BigInt(4 + LEAF_HEAD_BYTES + 1);
  if (least > BigInt(bytes.length)) throw truncated(`it says that it holds ${headerCount} headers and ${leafCount} leaves`);
  const headers = Array.from({ length: Number(headerCount) }, (_, i) => {
    const start = FRONT_BYTES + i * HEADER_BYTES;
    return bytes.subarray(start, start + HEADER_BYTES);
  });
  const leaves: Uint8Array[] = [];
  let offset = Number(headersEnd);
  for (let leaf = 0; leaf < Number(leafCount); leaf++) {
    if (offset + 4 > bytes.length) throw truncated('it ends inside a length', leaf);
    const length = view.getUint32(offset);
    if (length > MAX_LEAF_BYTES) throw new ChainError('file.leaf-length', `A leaf is at most ${MAX_LEAF_BYTES} bytes, not ${length}.`, { leaf });
    const end = offset + 4 + length;
    if (end > bytes.length) throw truncated('it ends inside a leaf', leaf);
    leaves.push(bytes.subarray(offset + 4, end));
    offset = end;
  }
  if (offset !== bytes.length) throw new ChainError('file.trailing', `${bytes.length - offset} byte(s) follow the last leaf.`);
  return { headers, leaves };
}

function truncated(why: string, leaf?: number): ChainError {
  return new ChainError('file.truncated', `The chain file is not whole: ${why}.`, leaf === undefined ? {} : { leaf });
}
