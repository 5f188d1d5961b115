/** SplitMix64 (Steele, Lea, Flood 2014): turns a seed, however regular, into well-mixed 64-bit words. */
export function createSplitMix64(seed: bigint): () => bigint {
  let state = BigInt.asUintN(64, seed);
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
}

/**
 * xoshiro128** 1.1 (Blackman, Vigna 2018): 32-bit integers only, so every language gives the same stream. Not for secrets.
 */
export class Xoshiro128 {
  private constructor(
    private a: number,
    private b: number,
    private c: number,
    private d: number,
  ) {}

  /** State from two words of SplitMix64, low half first, as the authors advise. @param seed 0 to 2^53 − 1 */
  static fromSeed(seed: number): Xoshiro128 {
    const next = createSplitMix64(BigInt(seed));
    const words = [next(), next()].flatMap((word) => [Number(word & 0xffffffffn), Number(word >> 32n)]);
    return Xoshiro128.fromState(words as [number, number, number, number]);
  }

  /** @param state four 32-bit words, not all zero */
  static fromState([a, b, c, d]: readonly [number, number, number, number]): Xoshiro128 {
    return new Xoshiro128(a | 0, b | 0, c | 0, d | 0);
  }

  /** @returns the next integer, 0 to 2^32 − 1 */
  next(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = rotateLeft(this.d, 11);
    return result;
  }
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
