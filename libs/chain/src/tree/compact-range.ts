import type { Crypto } from '../crypto/crypto.js';
import { emptyRoot, nodeHash } from './node-hash.js';

/**
 * The root of a growing RFC 6962 tree in O(log n) memory: only the roots of the perfect subtrees along the right edge
 * are kept, largest first, one for each set bit of the size. Odd levels are joined, never duplicated (CVE-2012-2459).
 */
export class CompactRange {
  readonly #crypto: Crypto;
  #subtrees: Uint8Array[] = [];
  #size = 0;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  get size(): number {
    return this.#size;
  }

  /** @param leafHash 32 bytes */
  append(leafHash: Uint8Array): void {
    if (leafHash.length !== 32) throw new RangeError('A leaf hash is 32 bytes.');
    let hash = leafHash;
    // Each trailing one-bit of the size is a subtree as large as the one in hand.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = nodeHash(this.#crypto, this.#subtrees.pop() as Uint8Array, hash);
    }
    this.#subtrees.push(hash);
    this.#size++;
  }

  /** @returns 32 bytes */
  root(): Uint8Array {
    if (this.#size === 0) return emptyRoot(this.#crypto);
    return this.#subtrees.reduceRight((right, left) => nodeHash(this.#crypto, left, right));
  }

  /**
   * The range of a tree that exists already.
   * @param subtree root of its leaves [start, end); asked for perfect subtrees only
   */
  static of(crypto: Crypto, size: number, subtree: (start: number, end: number) => Uint8Array): CompactRange {
    const range = new CompactRange(crypto);
    for (let start = 0; start < size; ) {
      let length = 1;
      while (start + length * 2 <= size) length *= 2;
      range.#subtrees.push(subtree(start, start + length));
      start += length;
    }
    range.#size = size;
    return range;
  }

  /** An independent copy, to try leaves on. */
  clone(): CompactRange {
    const copy = new CompactRange(this.#crypto);
    copy.#subtrees = [...this.#subtrees];
    copy.#size = this.#size;
    return copy;
  }
}
