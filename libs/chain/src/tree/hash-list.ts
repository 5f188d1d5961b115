/** A growing list of 32-byte hashes in one buffer: millions of small arrays would cost several times the memory. */
export class HashList {
  #bytes = new Uint8Array(32 * 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(hash: Uint8Array): void {
    if (hash.length !== 32) throw new RangeError('A hash is 32 bytes.');
    const offset = this.#length * 32;
    if (offset === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(hash, offset);
    this.#length++;
  }

  /** @returns a copy. @throws RangeError beyond the end */
  at(index: number): Uint8Array {
    if (index < 0 || index >= this.#length) throw new RangeError(`No hash at ${index}.`);
    return this.#bytes.slice(index * 32, index * 32 + 32);
  }
}
