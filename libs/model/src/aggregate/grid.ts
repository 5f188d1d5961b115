import { ModelError } from '../model-error.js';

/**
 * The integer grid of one round: Δ is counted in steps of 2^-s. Fixed before the round opens, so that no sum of accepted
 * updates can leave the range in which float64 adds integers exactly.
 */
export interface Grid {
  /** Fraction bits: s = 51 − ⌈log2 A_max⌉ − log2 B. */
  readonly s: number;
  /** B: largest |Δ| of an element; a power of two. */
  readonly bound: number;
  /** A_max: largest sum of weights that the round could reach. */
  readonly aMax: number;
}

/**
 * Every product is then at most B · A_max · 2^s ≤ 2^51 in magnitude, where `(x + 1.5·2^52) − 1.5·2^52` still rounds to
 * the nearest integer, ties to even; past 2^51 it does not, which is why this says 51 and not 52.
 * @throws ModelError `grid-bound` unless B is a power of two from 1 to 2^40, `grid-weights` unless A_max is a positive safe integer.
 */
export function gridFor({ bound, aMax }: { bound: number; aMax: number }): Grid {
  if (!Number.isSafeInteger(bound) || bound < 1 || bound > 2 ** 40 || powerOfTwo(ceilLog2(bound)) !== bound) {
    throw new ModelError('grid-bound', `The bound on |Δ| must be a power of two from 1 to 2^40, not ${bound}.`);
  }
  if (!Number.isSafeInteger(aMax) || aMax < 1) {
    throw new ModelError('grid-weights', `The largest sum of weights must be a whole number from 1 to 2^53 − 1, not ${aMax}.`);
  }
  return { s: 51 - ceilLog2(aMax) - ceilLog2(bound), bound, aMax };
}

export function sameGrid(a: Grid, b: Grid): boolean {
  return a.s === b.s && a.bound === b.bound && a.aMax === b.aMax;
}

/** ⌈log2 n⌉ by bit length: `Math.log2` may be off by one ulp and differs between engines. @param n 1 to 2^53 − 1 */
export function ceilLog2(n: number): number {
  const below = n - 1;
  const high = Math.floor(below / 0x1_0000_0000);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(below);
}

/** 2^exponent exactly, for −1022 to 1023: ECMAScript does not require `**` to be exact. */
export function powerOfTwo(exponent: number): number {
  scratch.setBigUint64(0, BigInt(exponent + 1023) << 52n);
  return scratch.getFloat64(0);
}

/** The bits of a float32, sign cleared: they order as magnitudes do. */
export function magnitudeBits(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0) & 0x7fffffff;
}

const scratch = new DataView(new ArrayBuffer(8));
