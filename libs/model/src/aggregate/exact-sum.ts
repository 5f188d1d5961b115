import { ModelError } from '../model-error.js';
import { judgeMagnitude, type Accumulators } from './accumulators.js';
import { magnitudeBits, powerOfTwo, sameGrid, type Grid } from './grid.js';
import { SCANNED } from './sum-kernel.js';
import { largestMagnitude, WasmAccumulators } from './wasm-accumulators.js';

/** One array of deltas and its integer weight a. */
export interface SummedUpdate {
  readonly delta: Float32Array;
  readonly weight: number;
  /** The largest magnitude's bits, where exactly these bytes were scanned before: then they are not scanned again. */
  readonly largest?: number | undefined;
}

/** Where a sum's elements lie: accumulators may be shared by the tensors of a model. */
export interface SumPlace {
  readonly accumulators: Accumulators;
  /** First position, a multiple of `LANES`. */
  readonly at: number;
}

/**
 * The exact weighted sum of deltas: its bytes depend on the set of (Δ, a) folded in and on nothing else, neither order
 * nor sharding nor machine.
 *
 * Each Δ · a becomes the integer q = rne(Δ · (a · 2^s)), and integers below 2^53 add exactly in float64. `a · 2^s` is
 * exact; the product is one float64 multiplication, itself exact for a ≤ 2^29 (24 + 29 bits).
 */
export class ExactSum {
  private readonly accumulators: Accumulators;
  private readonly at: number;
  private readonly step: number;
  private readonly largest: number;
  private weights = 0;

  /** @param length elements of the array that is summed */
  constructor(
    readonly length: number,
    readonly grid: Grid,
    place: SumPlace = { accumulators: new WasmAccumulators(length), at: 0 },
  ) {
    this.accumulators = place.accumulators;
    this.at = place.at;
    this.step = powerOfTwo(grid.s);
    this.largest = magnitudeBits(grid.bound);
  }

  /** Sum of the weights folded in. */
  get totalWeight(): number {
    return this.weights;
  }

  /**
   * Adds one update, all of it or, when it is refused, nothing.
   * @param weight a positive integer
   * @throws ModelError `length-mismatch`, `weight-invalid`, `weights-over-limit` (the sum would pass A_max), `non-finite`, `out-of-bound`
   */
  fold(delta: Float32Array, weight: number): void {
    this.foldAll([{ delta, weight }]);
  }

  /**
   * Adds updates, four in one pass over the sums, with the bits of adding them one by one. All of them or, when one is refused, none.
   * @throws ModelError as `fold`
   */
  foldAll(updates: readonly SummedUpdate[]): void {
    let total = this.weights;
    for (const { delta, weight } of updates) {
      this.checkLength(delta.length);
      if (!Number.isSafeInteger(weight) || weight < 1) {
        throw new ModelError('weight-invalid', `A weight must be a positive whole number, not ${weight}.`);
      }
      this.checkTotal((total += weight));
    }
    const isScanned = updates.every(({ largest }) => largest !== undefined && largest <= this.largest);
    const deltas = updates.map(({ delta }) => delta);
    const scales = updates.map(({ weight }) => weight * this.step);
    if (!this.accumulators.add(this.at, deltas, scales, isScanned ? SCANNED : this.largest)) this.refuse(deltas);
    this.weights = total;
  }

  /**
   * Takes out an update that was folded in: the sum is then what it would be without it.
   * @throws ModelError as `fold`, and `weight-not-folded` when more weight would leave than came in
   */
  remove(delta: Float32Array, weight: number): void {
    this.checkLength(delta.length);
    if (!Number.isSafeInteger(weight) || weight < 1 || weight > this.weights) {
      throw new ModelError('weight-not-folded', `An update of weight ${weight} cannot leave a sum of weight ${this.weights}.`);
    }
    if (!this.accumulators.add(this.at, [delta], [-weight * this.step], this.largest)) this.refuse([delta]);
    this.weights -= weight;
  }

  /**
   * Adds another partial sum of the same grid; the other stays as it is.
   * @throws ModelError `length-mismatch`, `grid-mismatch`, `weights-over-limit`
   */
  merge(other: ExactSum): void {
    this.checkMerge(other);
    this.accumulators.addSums(this.at, other.accumulators.sums(other.at, other.length));
    this.weights += other.weights;
  }

  /** The refusals of `merge`, without merging. */
  checkMerge(other: ExactSum): void {
    this.checkLength(other.length);
    if (!sameGrid(this.grid, other.grid)) {
      throw new ModelError('grid-mismatch', 'Only partial sums on one grid (s, B, A_max) can be merged.');
    }
    this.checkTotal(this.weights + other.weights);
  }

  /**
   * @param base float32, of this sum's length
   * @param denominator D: the sum of weights for a weighted mean
   * @returns fround(base + sum / (D · 2^s)), divided once; where the sum is zero, the base's bits, −0 included
   * @throws ModelError `length-mismatch`, `denominator-invalid`
   */
  finish(base: Float32Array, denominator: number): Float32Array {
    this.checkLength(base.length);
    if (!Number.isSafeInteger(denominator) || denominator < 1) {
      throw new ModelError('denominator-invalid', `A denominator must be a positive whole number, not ${denominator}.`);
    }
    return this.accumulators.finish(this.at, base, denominator * this.step);
  }

  /** A copy of the sums, integers in steps of 2^-s. */
  sums(): Float64Array {
    return this.accumulators.sums(this.at, this.length);
  }

  private checkLength(length: number): void {
    if (length !== this.length) {
      throw new ModelError('length-mismatch', `An array of ${length} elements does not fit a sum of ${this.length}.`);
    }
  }

  private checkTotal(total: number): void {
    if (total > this.grid.aMax) {
      throw new ModelError('weights-over-limit', `The weights would sum to ${total}, over the round's A_max of ${this.grid.aMax}.`);
    }
  }

  private refuse(deltas: readonly Float32Array[]): never {
    const verdict = judgeMagnitude(Math.max(...deltas.map((delta) => largestMagnitude(delta))), this.grid.bound);
    throw new ModelError(
      verdict,
      verdict === 'non-finite'
        ? 'The update holds a NaN or an infinity; nothing of it was folded.'
        : `The update holds a |Δ| over the bound ${this.grid.bound}; nothing of it was folded.`,
    );
  }
}
