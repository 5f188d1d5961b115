import { ModelError } from '../model-error.js';
import { LANES, roundUpToLanes, type Accumulators } from './accumulators.js';
import { createSumKernel, type SumKernel } from './sum-kernel.js';

/** Elements copied into WebAssembly memory at a time: 64 KiB stay in the second-level cache from copy to fold. */
export const TILE = 16_384;
const TILE_BYTES = TILE * 4;

/** The largest number of sums in one memory: 2^32 bytes less the tile. */
export const MAX_SUMS = (2 ** 32 - TILE_BYTES) / 8;

/**
 * Sums in WebAssembly memory: 8 bytes an element and one tile, whatever the number of updates. Layout: the tile, then
 * the sums.
 */
export class WasmAccumulators implements Accumulators {
  readonly capacity: number;
  private readonly kernel: SumKernel;
  private readonly tile: Float32Array;
  private readonly wide: Float64Array;
  private readonly all: Float64Array;

  /** @throws ModelError `sum-too-long` for more sums than one 4 GiB memory holds. */
  constructor(length: number) {
    this.capacity = roundUpToLanes(length);
    if (this.capacity > MAX_SUMS) {
      throw new ModelError('sum-too-long', `One sum holds at most ${MAX_SUMS} elements, not ${length}; split the tensor.`);
    }
    const { kernel, memory } = createSumKernel(TILE_BYTES + this.capacity * 8);
    this.kernel = kernel;
    this.tile = new Float32Array(memory.buffer, 0, TILE);
    this.wide = new Float64Array(memory.buffer, 0, TILE / 2);
    this.all = new Float64Array(memory.buffer, TILE_BYTES, this.capacity);
  }

  add(at: number, delta: Float32Array, scale: number, largest: number): boolean {
    for (let start = 0; start < delta.length; start += TILE) {
      if (!this.addTile(at, delta, start, scale, largest)) {
        // Integers leave a sum exactly as they entered it, and a refused element never entered: take back tile by tile.
        for (let done = 0; done <= start; done += TILE) this.addTile(at, delta, done, -scale, largest);
        return false;
      }
    }
    return true;
  }

  private addTile(at: number, delta: Float32Array, start: number, scale: number, largest: number): boolean {
    const count = this.load(delta, start);
    return this.kernel.fold(TILE_BYTES + (at + start) * 8, 0, count, scale, largest) === 0;
  }

  addSums(at: number, partial: Float64Array): void {
    for (let start = 0; start < partial.length; start += this.wide.length) {
      const part = partial.subarray(start, start + this.wide.length);
      this.wide.set(part);
      const count = roundUpToLanes(part.length);
      this.wide.fill(0, part.length, count);
      this.kernel.merge(TILE_BYTES + (at + start) * 8, 0, count);
    }
  }

  finish(at: number, base: Float32Array, divisor: number): Float32Array {
    const model = new Float32Array(base.length);
    for (let start = 0; start < base.length; start += TILE) {
      const count = this.load(base, start);
      this.kernel.finish(TILE_BYTES + (at + start) * 8, 0, count, divisor);
      model.set(this.tile.subarray(0, Math.min(count, base.length - start)), start);
    }
    return model;
  }

  sums(at: number, count: number): Float64Array {
    return this.all.subarray(at, at + count);
  }

  /** Copies one tile in, zeros up to whole lanes. @returns the lanes' count */
  private load(data: Float32Array, start: number): number {
    const length = Math.min(TILE, data.length - start);
    this.tile.set(length === data.length ? data : data.subarray(start, start + length));
    const count = roundUpToLanes(length);
    if (count > length) this.tile.fill(0, length, count);
    return count;
  }
}

/** The largest magnitude's bits in an array, through a kernel of its own. */
export function largestMagnitude(data: Float32Array): number {
  scanner ??= new TileScanner();
  return scanner.largest(data);
}

class TileScanner {
  private readonly kernel: SumKernel;
  private readonly tile: Float32Array;

  constructor() {
    const { kernel, memory } = createSumKernel(TILE_BYTES);
    this.kernel = kernel;
    this.tile = new Float32Array(memory.buffer, 0, TILE);
  }

  largest(data: Float32Array): number {
    let largest = 0;
    for (let start = 0; start < data.length; start += TILE) {
      const part = data.subarray(start, start + TILE);
      this.tile.set(part);
      const count = Math.ceil(part.length / LANES) * LANES;
      this.tile.fill(0, part.length, count);
      largest = Math.max(largest, this.kernel.scan(0, count));
    }
    return largest;
  }
}

let scanner: TileScanner | undefined;
