import { kernelMemory, type KernelMemory } from '../aggregate/kernel-memory.js';
import { ModelError } from '../model-error.js';
import { compileKernel, type CompiledKernel } from '../platform.js';
import { checkRows } from './check-rows.js';
import { LANES } from './plain-tile-distance.js';
import { wasmBase64 } from './squared-distances-wasm.js';

/** Exports of kernels/squared-distances.ts: pointers and `stride` in bytes, `length` in elements and a multiple of 4. */
interface DistanceKernel {
  addTile(sums: number, rows: number, stride: number, count: number, length: number): void;
}

let compiled: CompiledKernel | undefined;

/** Elements whose squares are added in float32 before they enter a float64 sum. Part of the definition: another tile has other bits. */
export const TILE = 1024;
/** Rows lie a cache line further apart than they are long, so that they do not share cache sets. */
const STRIDE = TILE * 4 + 64;

/**
 * Squared Euclidean distances between updates, as Krum needs them (Blanchard, El Mhamdi, Guerraoui, Stainer 2017, "Machine
 * Learning with Adversaries: Byzantine Tolerant Gradient Descent", NIPS, section 4).
 *
 * The order of every operation is fixed. Elements are taken in tiles of `TILE`; in a tile, lane l of four adds
 * fround(d · d), d = fround(a − b), over the elements l, l + 4, l + 8, … in float32 from +0; the tile's sum is
 * ((lane 0 + lane 1) + lane 2) + lane 3 in float64; tiles are added in order in float64. A tile that ends early is filled
 * with zeros, which add nothing.
 */
export class SquaredDistances {
  /** Upper triangle, row-major. */
  private readonly sums: Float64Array;
  private isEnded = false;

  /** @param count K, the number of updates. @throws ModelError `rows-empty` */
  constructor(
    readonly count: number,
    private readonly memory: KernelMemory = kernelMemory(),
  ) {
    if (!Number.isSafeInteger(count) || count < 1) throw new ModelError('rows-empty', `Distances need one update or more, not ${count}.`);
    compiled ??= compileKernel(wasmBase64);
    this.sums = new Float64Array(count * count);
  }

  /**
   * Takes the next stretch of every update. Stretches may have any length that is a multiple of `TILE`, the last one any
   * length at all: however the updates are cut, the bits are the same.
   * @param rows K rows of one length, without NaN, in the same order on every call
   * @throws ModelError `rows-count`, `length-mismatch`, `tile-unaligned` (a stretch follows one that ended inside a tile)
   */
  add(rows: readonly Float32Array[]): void {
    if (rows.length !== this.count) throw new ModelError('rows-count', `${rows.length} rows were given for ${this.count} updates.`);
    const { length } = rows[0]!;
    checkRows(rows, length);
    if (length === 0) return;
    if (this.isEnded) {
      throw new ModelError('tile-unaligned', `Every stretch but the last must be a multiple of ${TILE} elements long.`);
    }
    this.isEnded = length % TILE !== 0;
    this.addTiles(rows, length);
  }

  private addTiles(rows: readonly Float32Array[], length: number): void {
    const { count, memory, sums } = this;
    const kernel = compiled!.over(memory.memory) as DistanceKernel;
    const region = memory.allocate(sums.byteLength + count * STRIDE);
    if (!region) throw new ModelError('memory-full', `No kernel memory is left for ${count} updates; release sums that are done with.`);
    const { buffer } = region.data;
    const held = new Float64Array(buffer, region.at, sums.length);
    const first = region.at + sums.byteLength;
    const tiles = rows.map((_, k) => new Float32Array(buffer, first + k * STRIDE, TILE));
    held.set(sums);
    for (let start = 0; start < length; start += TILE) {
      const width = Math.min(TILE, length - start);
      const padded = Math.ceil(width / LANES) * LANES;
      rows.forEach((row, k) => {
        tiles[k]!.set(row.subarray(start, start + width));
        tiles[k]!.fill(0, width, padded);
      });
      kernel.addTile(region.at, first, STRIDE, count, padded);
    }
    sums.set(held);
    region.release();
  }

  /** @returns K × K in row-major order, symmetric, zeros on the diagonal */
  finish(): Float64Array {
    const { count } = this;
    const distances = this.sums.slice();
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < i; j++) distances[i * count + j] = distances[j * count + i]!;
    }
    return distances;
  }
}
