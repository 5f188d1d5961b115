import { ExactSum } from '../aggregate/exact-sum.js';
import { gridFor } from '../aggregate/grid.js';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { platform } from '../platform.js';

/** One figure of `npm run bench`. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string;
  /** value ÷ the baseline's value, measured in the same run. */
  readonly ratio: number;
}

/** Parameters of McMahan's CNN. */
const PARAMETERS = 1_663_370;
/** Updates before the clock counts: by then the engine has swapped in its optimised code for both. */
const WARM_UP = 20;

/**
 * GB/s of update bytes that the exact sum takes in, refusals of NaN and out-of-bound values included, against a plain TypeScript
 * loop `sum[i] += weight * delta[i]` in float64 that checks nothing and depends on order. The two alternate, update by update;
 * values are medians. Updates come from four buffers in turn, so memory stays at four updates and two sums.
 * @param updates K, 20 or more
 * @param nowMs a monotonic clock
 */
export function benchAggregate(updates = 60, nowMs: () => number = () => platform.performance.now()): BenchRow[] {
  const random = Xoshiro128.fromSeed(1);
  const deltas = Array.from({ length: 4 }, () => Float32Array.from({ length: PARAMETERS }, () => random.next() / 2 ** 37 - 2 ** -6));
  const weight = 600;
  const exact = new ExactSum(PARAMETERS, gridFor({ bound: 8, aMax: (updates + WARM_UP) * weight }));
  const plain = new Float64Array(PARAMETERS);
  const exactMs: number[] = [];
  const plainMs: number[] = [];
  for (let k = 0; k < WARM_UP + updates; k++) {
    const delta = deltas[k % deltas.length]!;
    const start = nowMs();
    exact.fold(delta, weight);
    const between = nowMs();
    plainSum(plain, delta, weight);
    const end = nowMs();
    if (k < WARM_UP) continue;
    exactMs.push(between - start);
    plainMs.push(end - between);
  }
  const gigabytesPerSecond = (times: number[]) => (PARAMETERS * 4) / median(times) / 1e6;
  const value = gigabytesPerSecond(exactMs);
  return [{ name: 'aggregate/exact', value, unit: 'GB/s', against: 'plain TypeScript sum', ratio: value / gigabytesPerSecond(plainMs) }];
}

function plainSum(sums: Float64Array, delta: Float32Array, weight: number): void {
  for (let i = 0; i < delta.length; i++) sums[i] = sums[i]! + weight * delta[i]!;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
