import { roundUpToLanes, type Accumulators } from './accumulators.js';

/** 1.5 · 2^52, see kernels/exact-sum.ts. */
const TO_INTEGER = 6755399441055744;

/** The kernels' twin in plain TypeScript: the readable definition of every bit, and what runs in a test against them. */
export class PlainAccumulators implements Accumulators {
  readonly capacity: number;
  private readonly all: Float64Array;

  constructor(length: number) {
    this.capacity = roundUpToLanes(length);
    this.all = new Float64Array(this.capacity);
  }

  add(at: number, deltas: readonly Float32Array[], scales: readonly number[], largest: number): boolean {
    if (largest >= 0 && deltas.some((delta) => plainLargestMagnitude(delta) > largest)) return false;
    deltas.forEach((delta, k) => this.addOne(at, delta, scales[k]!));
    return true;
  }

  private addOne(at: number, delta: Float32Array, scale: number): void {
    const sums = this.view(at, delta.length);
    for (let i = 0; i < delta.length; i++) {
      const steps = delta[i]! * scale + TO_INTEGER - TO_INTEGER;
      sums[i] = sums[i]! + steps;
    }
  }

  addSums(at: number, partial: Float64Array): void {
    const sums = this.view(at, partial.length);
    for (let i = 0; i < partial.length; i++) sums[i] = sums[i]! + partial[i]!;
  }

  finish(at: number, base: Float32Array, divisor: number): Float32Array {
    // A copy keeps the base's bits wherever the sum is zero: −0 + 0 would be +0.
    const model = base.slice();
    const sums = this.view(at, base.length);
    for (let i = 0; i < base.length; i++) {
      if (sums[i] !== 0) model[i] = Math.fround(base[i]! + sums[i]! / divisor);
    }
    return model;
  }

  sums(at: number, count: number): Float64Array {
    return this.view(at, count).slice();
  }

  release(): void {
    // The collector frees ordinary memory.
  }

  private view(at: number, count: number): Float64Array {
    return this.all.subarray(at, at + count);
  }
}

/** Twin of the kernels' `scan`. */
export function plainLargestMagnitude(data: Float32Array): number {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  let largest = 0;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
