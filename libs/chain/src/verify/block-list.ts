import { toHex } from '../bytes.js';
import { HashList } from '../tree/hash-list.js';
import type { BlockIndex, IndexedBlock } from './block-index.js';
import type { PlacedHeader } from './placed-header.js';

/** The blocks so far, in about 72 bytes each. */
export class BlockList implements BlockIndex {
  readonly #hashes = new HashList();
  readonly #roots = new HashList();
  readonly #sizes: number[] = [];

  get newest(): number {
    return this.#sizes.length - 1;
  }

  append({ header, hash }: PlacedHeader): void {
    this.#hashes.push(hash);
    this.#roots.push(header.treeRoot);
    this.#sizes.push(header.treeSize);
  }

  at(height: number): IndexedBlock | undefined {
    const treeSize = this.#sizes[height];
    if (treeSize === undefined) return undefined;
    return { hash: toHex(this.#hashes.at(height)), treeSize, treeRoot: toHex(this.#roots.at(height)) };
  }
}
