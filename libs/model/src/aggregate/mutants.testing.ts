import { ExactSumReference } from './exact-sum-reference.js';
import { powerOfTwo, type Grid } from './grid.js';
import type { CreateSum, Sum } from './sum-battery.testing.js';

/** Sums that are almost right: what the battery must catch to be worth anything. */

class MutantSum implements Sum {
  private readonly sums: Float64Array;

  constructor(
    length: number,
    private readonly step: number,
    private readonly toSteps: (product: number) => number,
  ) {
    this.sums = new Float64Array(length);
  }

  fold(delta: Float32Array, weight: number): void {
    delta.forEach((value, i) => (this.sums[i]! += this.toSteps(value * (weight * this.step))));
  }

  merge(other: Sum): void {
    (other as MutantSum).sums.forEach((value, i) => (this.sums[i]! += value));
  }

  finish(base: Float32Array, denominator: number): Float32Array {
    const model = base.slice();
    this.sums.forEach((sum, i) => {
      if (sum !== 0) model[i] = base[i]! + sum / (denominator * this.step);
    });
    return model;
  }
}

const onGrid = (toSteps: (product: number) => number): CreateSum => (length, grid) =>
  new MutantSum(length, powerOfTwo(grid.s), toSteps);

export const shiftedGrid = (grid: Grid): Grid => ({ ...grid, s: grid.s + 4 });

export const mutants = {
  /** Correct, built as the mutants are: shows that only the named fault makes them fail. */
  none: onGrid((product) => {
    const shift = 1.5 * 2 ** 52;
    return product + shift - shift;
  }),
  naiveFloat64: (length) => new MutantSum(length, 1, (product) => product),
  truncation: onGrid(Math.trunc),
  mathRound: onGrid(Math.round),
  fineGrid: (length, grid) => new ExactSumReference(length, shiftedGrid(grid)),
} satisfies Record<string, CreateSum>;
