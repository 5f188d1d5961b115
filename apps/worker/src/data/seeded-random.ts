import { Xoshiro128 } from '@fedseal/model/init/xoshiro128';

/** Numbers that follow from a seed alone. Not for secrets. */
export class SeededRandom {
  readonly #stream: Xoshiro128;

  /**
   * @param seed 0 … 2^53 − 1
   * @param purpose separates streams of one seed: 0 … 2^16 − 1
   */
  constructor(seed: number, purpose = 0) {
    // Through the seeding twice: streams that differ only in their purpose share nothing.
    const mixed = Xoshiro128.fromSeed(seed);
    const high = (mixed.next() >>> 11) * 0x1_0000_0000;
    this.#stream = Xoshiro128.fromSeed(high + ((mixed.next() ^ Math.imul(purpose + 1, 0x9e3779b1)) >>> 0));
  }

  /** Uniform on [0, 1), 32 bits. */
  uniform(): number {
    return this.#stream.next() / 0x1_0000_0000;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform on 0 … bound − 1 without bias: draws past the last whole multiple are taken again. @param bound 1 … 2^32 */
  below(bound: number): number {
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
    for (;;) {
      const draw = this.#stream.next();
      if (draw < limit) return draw % bound;
    }
  }

  /** A seed for another stream: 53 bits. */
  seed(): number {
    return (this.#stream.next() >>> 11) * 0x1_0000_0000 + this.#stream.next();
  }

  /** Near enough to normal for noise (mean 0, deviation 1): the sum of twelve uniforms, which needs no logarithm. */
  bell(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }

  /** Standard normal, Marsaglia's polar method. */
  normal(): number {
    for (;;) {
      const x = this.between(-1, 1);
      const y = this.between(-1, 1);
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }

  /** Gamma with scale 1: Marsaglia and Tsang 2000, "A simple method for generating gamma variables". @param shape > 0 */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * Math.pow(1 - this.uniform(), 1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      if (Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** A permutation of 0 … count − 1 (Fisher and Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    this.shuffle(order);
    return order;
  }

  shuffle(values: Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = values[i]!;
      values[i] = values[j]!;
      values[j] = kept;
    }
  }
}
