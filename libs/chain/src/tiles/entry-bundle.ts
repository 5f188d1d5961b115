import { ChainError } from '../chain-error.js';
import { TILE_WIDTH } from './tile-path.js';

const MAX_ENTRY_BYTES = 0xffff;

/** Leaves one after the other, each with its length before it as a u16. @throws ChainError `tile.entries` */
export function entryBundle(leaves: readonly Uint8Array[]): Uint8Array {
  checkCount(leaves.length);
  const bytes = new Uint8Array(leaves.reduce((sum, leaf) => sum + 2 + leaf.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const leaf of leaves) {
    if (leaf.length > MAX_ENTRY_BYTES) throw new ChainError('tile.entries', `A leaf is at most ${MAX_ENTRY_BYTES} bytes, not ${leaf.length}.`);
    view.setUint16(offset, leaf.length);
    bytes.set(leaf, offset + 2);
    offset += 2 + leaf.length;
  }
  return bytes;
}

/**
 * @param width how many leaves the path promises
 * @throws ChainError `tile.entries` when the bytes hold more or fewer
 */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  checkCount(width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const leaves: Uint8Array[] = [];
  let offset = 0;
  while (leaves.length < width) {
    const end = offset + 2 <= bytes.length ? offset + 2 + view.getUint16(offset) : Infinity;
    if (end > bytes.length) throw new ChainError('tile.entries', `The bundle ends inside entry ${leaves.length} of ${width}.`);
    leaves.push(bytes.slice(offset + 2, end));
    offset = end;
  }
  if (offset !== bytes.length) throw new ChainError('tile.entries', `${bytes.length - offset} byte(s) follow the ${width} entries.`);
  return leaves;
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > TILE_WIDTH) {
    throw new ChainError('tile.entries', `A bundle holds 1 to ${TILE_WIDTH} leaves, not ${count}.`);
  }
}
