import { ChainError } from '../chain-error.js';
import { checkTile, TILE_HEIGHT, TILE_WIDTH } from './tile-path.js';
import type { Tile } from './tile-path.js';

/** Where the hashes come from; `MerkleTree` is one. */
export interface SubtreeHashes {
  /** Root of the leaves [index · 2^height, (index + 1) · 2^height), 32 bytes. */
  subtreeRoot(height: number, index: number): Uint8Array;
}

/**
 * The bytes of a tile: its hashes one after the other, each the root of 256^level leaves.
 * @throws ChainError `tile.path`; RangeError from a source that has no such hash
 */
export function hashTile(hashes: SubtreeHashes, tile: Tile & { readonly level: number }): Uint8Array {
  checkTile(tile);
  const bytes = new Uint8Array(tile.width * 32);
  for (let i = 0; i < tile.width; i++) {
    bytes.set(hashes.subtreeRoot(tile.level * TILE_HEIGHT, tile.index * TILE_WIDTH + i), i * 32);
  }
  return bytes;
}

/** @param width how many hashes the path promises @throws ChainError `tile.length` @returns the hashes, 32 bytes each */
export function decodeHashTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * 32) throw new ChainError('tile.length', `A tile of ${width} hashes is ${width * 32} bytes, not ${bytes.length}.`);
  return Array.from({ length: width }, (_, i) => bytes.slice(i * 32, i * 32 + 32));
}
