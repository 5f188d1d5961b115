/** Numbers kept in order while they come and go: insertion by binary search, at most a few thousand of them. */
export class SortedNumbers {
  #values = new Float64Array(64);
  #length = 0;

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    const at = this.#position(value);
    this.#values.copyWithin(at + 1, at, this.#length++);
    this.#values[at] = value;
  }

  /** Takes out one of this value. @throws RangeError when there is none */
  remove(value: number): void {
    const at = this.#position(value);
    if (at === this.#length || this.#values[at] !== value) throw new RangeError(`${value} is not here.`);
    this.#values.copyWithin(at, at + 1, this.#length--);
  }

  /** The middle value, of an even number the smaller of the two in the middle; undefined of none. */
  lowerMedian(): number | undefined {
    return this.#length === 0 ? undefined : this.#values[(this.#length - 1) >> 1];
  }

  /** Of the first that is not less. */
  #position(value: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#values[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
