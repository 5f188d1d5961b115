import { roundUpToLanes, type Accumulators } from './accumulators.js';
import { allocateIn, kernelMemory, MAX_REGION_BYTES, PASS, TILE, type KernelMemory, type Region } from './kernel-memory.js';
import { runFold, SCANNED } from './sum-kernel.js';

/** The largest number of sums in one memory. */
export const MAX_SUMS = MAX_REGION_BYTES / 8;

/** Elements scanned in one call where nothing is copied: V8 does not swap a running WebAssembly function for its optimised form. */
const STRETCH = 65_536;

/** Regions of sums that were dropped without a word. */
const forgotten = new FinalizationRegistry<Region>((region) => region.release());

/**
 * Sums in WebAssembly memory: 8 bytes an element, whatever the number of updates. Updates that lie in the same memory are
 * folded where they are, others are copied in by the tile.
 */
export class WasmAccumulators implements Accumulators {
  readonly capacity: number;
  readonly memory: KernelMemory;
  private readonly region: Region;

  /** @throws ModelError `sum-too-long` for more sums than one 4 GiB memory holds. */
  constructor(length: number, memory: KernelMemory = kernelMemory()) {
    this.capacity = roundUpToLanes(length);
    ({ memory: this.memory, region: this.region } = allocateIn(memory, this.capacity * 8));
    forgotten.register(this, this.region, this);
  }

  add(at: number, deltas: readonly Float32Array[], scales: readonly number[], largest: number): boolean {
    let done = 0;
    while (done < deltas.length) {
      const end = deltas.length - done >= PASS ? done + PASS : done + 1;
      const length = deltas[done]!.length;
      const folded = this.pass(at, deltas.slice(done, end), scales.slice(done, end), largest, length);
      if (folded < length) {
        // Integers leave a sum exactly as they entered it, and nothing of a refused block entered.
        this.takeOut(at, deltas.slice(done, end), scales.slice(done, end), folded);
        for (let k = 0; k < done; k++) this.takeOut(at, [deltas[k]!], [scales[k]!], length);
        return false;
      }
      done = end;
    }
    return true;
  }

  /** Folds the first `length` elements of one or of four updates. @returns how many were folded before a refusal */
  private pass(at: number, deltas: readonly Float32Array[], scales: readonly number[], largest: number, length: number): number {
    const { memory } = this;
    const offsets = deltas.map((delta) => memory.offsetOf(delta));
    if (offsets.every((offset) => offset !== undefined)) {
      const job = { sums: this.pointer(at), sources: offsets, scales, count: length, largest };
      if (memory.crew === undefined || length < memory.crew.leastElements) return runFold(memory.kernel, job);
      return memory.crew.fold(job) ? length : 0;
    }
    const tiles = deltas.map((_, index) => memory.tile(index));
    for (let start = 0; start < length; start += TILE) {
      const count = Math.min(TILE, length - start);
      tiles.forEach((tile, index) => tile.set(deltas[index]!.subarray(start, start + count)));
      const sources = tiles.map((tile) => tile.byteOffset);
      const folded = runFold(memory.kernel, { sums: this.pointer(at + start), sources, scales, count, largest });
      if (folded < count) return start + folded;
    }
    return length;
  }

  private takeOut(at: number, deltas: readonly Float32Array[], scales: readonly number[], length: number): void {
    this.pass(at, deltas, scales.map((scale) => -scale), SCANNED, length);
  }

  addSums(at: number, partial: Float64Array): void {
    const tile = this.memory.wideTile();
    for (let start = 0; start < partial.length; start += tile.length) {
      const part = partial.subarray(start, start + tile.length);
      tile.set(part);
      this.memory.kernel.merge(this.pointer(at + start), tile.byteOffset, part.length);
    }
  }

  finish(at: number, base: Float32Array, divisor: number): Float32Array {
    const model = new Float32Array(base.length);
    const tile = this.memory.tile(0);
    for (let start = 0; start < base.length; start += TILE) {
      const count = Math.min(TILE, base.length - start);
      tile.set(base.subarray(start, start + count));
      this.memory.kernel.finish(this.pointer(at + start), tile.byteOffset, count, divisor);
      model.set(tile.subarray(0, count), start);
    }
    return model;
  }

  sums(at: number, count: number): Float64Array {
    const sums = new Float64Array(count);
    const tile = this.memory.wideTile();
    for (let start = 0; start < count; start += tile.length) {
      const part = Math.min(tile.length, count - start);
      this.memory.kernel.read(this.pointer(at + start), tile.byteOffset, part);
      sums.set(tile.subarray(0, part), start);
    }
    return sums;
  }

  release(): void {
    forgotten.unregister(this);
    this.region.release();
  }

  /** Byte offset of a sum. */
  private pointer(at: number): number {
    return this.region.at + at * 8;
  }
}

/** The largest magnitude's bits in an array. @param memory where the data may lie; elsewhere they are copied by the tile */
export function largestMagnitude(data: Float32Array, memory: KernelMemory = kernelMemory()): number {
  const offset = memory.offsetOf(data);
  const step = offset === undefined ? TILE : STRETCH;
  const tile = memory.tile(0);
  let largest = 0;
  for (let start = 0; start < data.length; start += step) {
    const count = Math.min(step, data.length - start);
    if (offset === undefined) tile.set(data.subarray(start, start + count));
    const source = offset === undefined ? tile.byteOffset : offset + start * 4;
    largest = Math.max(largest, memory.kernel.scan(source, count));
  }
  return largest;
}
