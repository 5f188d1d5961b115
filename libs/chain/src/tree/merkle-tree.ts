import type { Crypto } from '../crypto/crypto.js';
import { CompactRange } from './compact-range.js';
import { HashList } from './hash-list.js';
import { emptyRoot, nodeHash } from './node-hash.js';
import { splitPoint } from './split.js';

/**
 * An append-only RFC 6962 tree in memory: 64 bytes a leaf, any root or proof of any past size in O(log² n) hashes.
 */
export class MerkleTree {
  readonly #crypto: Crypto;
  /** `#levels[l]` holds, in order, the roots of the perfect subtrees of 2^l leaves. */
  readonly #levels: HashList[] = [new HashList()];

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  get size(): number {
    return this.#level(0).length;
  }

  /** @param leafHash 32 bytes */
  append(leafHash: Uint8Array): void {
    this.#level(0).push(leafHash);
    let hash = leafHash;
    for (let level = 0; this.#level(level).length % 2 === 0; level++) {
      hash = nodeHash(this.#crypto, this.#level(level).at(this.#level(level).length - 2), hash);
      if (level + 1 === this.#levels.length) this.#levels.push(new HashList());
      this.#level(level + 1).push(hash);
    }
  }

  /** @throws RangeError beyond the end */
  leafHash(index: number): Uint8Array {
    return this.#level(0).at(index);
  }

  root(): Uint8Array {
    return this.rootAt(this.size);
  }

  /** The root when the tree had `size` leaves. @throws RangeError beyond the end */
  rootAt(size: number): Uint8Array {
    this.#checkSize(size);
    return size === 0 ? emptyRoot(this.#crypto) : this.#range(0, size);
  }

  /** PATH(index, D[0:size]) of RFC 6962, section 2.1.1, from the leaf upwards. @throws RangeError */
  inclusionProof(index: number, size: number): Uint8Array[] {
    this.#checkSize(size);
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError(`No leaf ${index} among ${size}.`);
    const proof: Uint8Array[] = [];
    let [start, end] = [0, size];
    while (end - start > 1) {
      const middle = start + splitPoint(end - start);
      if (index < middle) {
        proof.push(this.#range(middle, end));
        end = middle;
      } else {
        proof.push(this.#range(start, middle));
        start = middle;
      }
    }
    return proof.reverse();
  }

  /** PROOF(from, D[0:to]) of RFC 6962, section 2.1.2, for 1 ≤ from ≤ to; empty when they are equal. @throws RangeError */
  consistencyProof(from: number, to: number): Uint8Array[] {
    this.#checkSize(to);
    if (!Number.isSafeInteger(from) || from < 1 || from > to) throw new RangeError(`No tree of ${from} before one of ${to}.`);
    const proof: Uint8Array[] = [];
    let [start, end] = [0, to];
    // SUBPROOF(m, D, b): b stays true as long as the old tree is a whole left part of what is in hand.
    let whole = true;
    while (from < end) {
      const middle = start + splitPoint(end - start);
      if (from <= middle) {
        proof.push(this.#range(middle, end));
        end = middle;
      } else {
        proof.push(this.#range(start, middle));
        start = middle;
        whole = false;
      }
    }
    if (!whole) proof.push(this.#range(start, end));
    return proof.reverse();
  }

  /** Root of the perfect subtree of leaves [index · 2^height, (index + 1) · 2^height). @throws RangeError beyond the end */
  subtreeRoot(height: number, index: number): Uint8Array {
    const level = this.#levels[height];
    if (level === undefined) throw new RangeError(`No subtree of height ${height} here.`);
    return level.at(index);
  }

  /** The right edge of the present tree, to try further leaves on. */
  toCompactRange(): CompactRange {
    return CompactRange.of(this.#crypto, this.size, (start, end) => this.#range(start, end));
  }

  /** MTH(D[start:end]); start is a multiple of the largest power of two up to its length. */
  #range(start: number, end: number): Uint8Array {
    const length = end - start;
    const level = Math.log2(length);
    if (Number.isInteger(level)) return this.#level(level).at(start / length);
    const middle = start + splitPoint(length);
    return nodeHash(this.#crypto, this.#range(start, middle), this.#range(middle, end));
  }

  #level(level: number): HashList {
    return this.#levels[level] as HashList;
  }

  #checkSize(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.size) throw new RangeError(`No tree of ${size} leaves here.`);
  }
}
