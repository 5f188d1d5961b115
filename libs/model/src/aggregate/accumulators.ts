import { magnitudeBits } from './grid.js';

/** What a scan says of an array of deltas. */
export type ScanVerdict = 'ok' | 'non-finite' | 'out-of-bound';

/**
 * Whole-number sums up to 2^51 that a kernel keeps. Positions are multiples of `LANES`.
 *
 * Two drivers with the same bits: `WasmAccumulators` and its twin `PlainAccumulators`.
 */
export interface Accumulators {
  /** Number of sums. */
  readonly capacity: number;
  /**
   * sums[at + i] += Σ rne(delta[i] · scale) over the updates, unless some |delta[i]| has bits above `largest`: then nothing is
   * added and false is returned. A negative scale takes out exactly what its positive put in.
   * @param deltas one or more updates of one length
   * @param largest −1 where the data were scanned before
   */
  add(at: number, deltas: readonly Float32Array[], scales: readonly number[], largest: number): boolean;
  /** sums[at + i] += partial[i] */
  addSums(at: number, partial: Float64Array): void;
  /** @returns fround(base[i] + sums[at + i] / divisor), and base's own bits where the sum is zero. */
  finish(at: number, base: Float32Array, divisor: number): Float32Array;
  /** A copy of the sums. */
  sums(at: number, count: number): Float64Array;
  /** Gives the memory back; nothing else may be called afterwards. */
  release(): void;
}

/** Elements that a kernel handles in one step. */
export const LANES = 8;

export function roundUpToLanes(count: number): number {
  return Math.ceil(count / LANES) * LANES;
}

/** Bits of +infinity in float32; anything above is NaN. */
const INFINITY_BITS = 0x7f800000;

/** Reads the largest magnitude's bits as a verdict: a NaN or infinity anywhere outweighs a finite value out of bound. */
export function judgeMagnitude(largest: number, bound: number): ScanVerdict {
  if (largest >= INFINITY_BITS) return 'non-finite';
  return largest > magnitudeBits(bound) ? 'out-of-bound' : 'ok';
}
