import type { Crypto } from '../crypto/crypto.js';
import { rootOf } from '../tree/root-of.js';
import { entryBundle } from './entry-bundle.js';
import { TILE_WIDTH } from './tile-path.js';
import type { Tile } from './tile-path.js';

/** A tile and what it holds. */
export interface FilledTile extends Tile {
  readonly bytes: Uint8Array;
}

/**
 * The tiles of a tree whose leaves come one after the other: each as soon as it is full, the partial ones at the end. Keeps at
 * most 256 leaves, and 256 hashes of each level, whatever the size of the tree.
 */
export class TileRows {
  /** Hashes beyond the last full tile, by level. */
  readonly #hashes: Uint8Array[][] = [];
  /** Full tiles so far, by level. */
  readonly #full: number[] = [];
  #leaves: Uint8Array[] = [];
  #bundles = 0;

  constructor(private readonly crypto: Crypto) {}

  /** @param hash the leaf's, 32 bytes @returns the tiles that this leaf fills, the bundle of leaves first */
  append(leaf: Uint8Array, hash: Uint8Array): FilledTile[] {
    this.#leaves.push(leaf.slice());
    const filled: FilledTile[] = [];
    if (this.#leaves.length === TILE_WIDTH) {
      filled.push({ level: 'entries', index: this.#bundles++, width: TILE_WIDTH, bytes: entryBundle(this.#leaves) });
      this.#leaves = [];
    }
    for (let level = 0, next: Uint8Array | undefined = hash.slice(); next !== undefined; level++) {
      const row: Uint8Array[] = (this.#hashes[level] ??= []);
      row.push(next);
      next = undefined;
      if (row.length < TILE_WIDTH) continue;
      const index = this.#full[level] ?? 0;
      filled.push({ level, index, width: TILE_WIDTH, bytes: joined(row) });
      this.#full[level] = index + 1;
      next = rootOf(this.crypto, row);
      this.#hashes[level] = [];
    }
    return filled;
  }

  /** The partial tiles of the tree as it is now. */
  rest(): FilledTile[] {
    const partial: FilledTile[] = [];
    if (this.#leaves.length > 0) {
      partial.push({ level: 'entries', index: this.#bundles, width: this.#leaves.length, bytes: entryBundle(this.#leaves) });
    }
    for (const [level, row] of this.#hashes.entries()) {
      if (row.length > 0) partial.push({ level, index: this.#full[level] ?? 0, width: row.length, bytes: joined(row) });
    }
    return partial;
  }
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * 32);
  for (const [i, hash] of hashes.entries()) bytes.set(hash, i * 32);
  return bytes;
}
