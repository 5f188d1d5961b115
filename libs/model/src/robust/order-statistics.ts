import { kernelMemory, type KernelMemory } from '../aggregate/kernel-memory.js';
import { ModelError } from '../model-error.js';
import { compileKernel, type CompiledKernel } from '../platform.js';
import { wasmBase64 } from './order-statistics-wasm.js';
import { selectionNetwork } from './sorting-network.js';

/** Exports of kernels/order-statistics.ts: pointers and `stride` in bytes, `width` in columns and a multiple of `GROUP`. */
interface OrderKernel {
  median(
    rows: number, stride: number, count: number, width: number, scratch: number, network: number, comparators: number, out: number,
  ): void;
  trimmedMean(
    rows: number, stride: number, count: number, trim: number, width: number, scratch: number, network: number, comparators: number, out: number,
  ): void;
}

/** Columns that the kernel sorts at once. */
const GROUP = 16;
const LINE_BYTES = GROUP * 4;
/** Bytes that one tile's rows may take together: they stay in the second-level cache. */
const TILE_BYTES = 1 << 19;
const MOST_COLUMNS = 2048;

let compiled: CompiledKernel | undefined;

/** The network used last: a model is handled in many stretches of the same updates. */
let latest: { key: string; network: Uint32Array } | undefined;

/** Pairs of byte offsets into the kernel's scratch. */
function networkFor(count: number, from: number, to: number): Uint32Array {
  const key = `${count} ${from} ${to}`;
  if (latest?.key !== key) {
    const offsets = selectionNetwork(count, from, to).flatMap(({ low, high }) => [low * LINE_BYTES, high * LINE_BYTES]);
    latest = { key, network: Uint32Array.from(offsets) };
  }
  return latest.network;
}

/**
 * Runs a coordinate-wise rule over a number of updates, tile by tile. Holds about half a megabyte of kernel memory (more past
 * 8,000 updates) until it is released.
 */
export class OrderStatistics {
  private readonly kernel: OrderKernel;
  private readonly columns: number;
  /** Rows lie a cache line further apart than they are long, so that a column's values do not share one cache set. */
  private readonly stride: number;
  private readonly region;
  private readonly network: number;
  private readonly scratch: number;
  private readonly out: number;
  private readonly comparators: number;

  /**
   * @param count K, the updates
   * @param from first place in ascending order whose value is needed
   * @param to place after the last one that is needed
   */
  constructor(
    private readonly count: number,
    from: number,
    to: number,
    memory: KernelMemory = kernelMemory(),
  ) {
    compiled ??= compileKernel(wasmBase64);
    this.kernel = compiled.over(memory.memory) as OrderKernel;
    const fitting = Math.floor(TILE_BYTES / 4 / count / GROUP) * GROUP;
    this.columns = Math.min(MOST_COLUMNS, Math.max(GROUP, fitting));
    this.stride = this.columns * 4 + LINE_BYTES;
    const network = networkFor(count, from, to);
    this.comparators = network.length / 2;
    const rowBytes = count * this.stride;
    const scratchBytes = count * LINE_BYTES;
    const region = memory.allocate(rowBytes + scratchBytes + this.columns * 4 + network.byteLength);
    if (!region) throw new ModelError('memory-full', `No kernel memory is left for ${count} updates; release sums that are done with.`);
    this.region = region;
    this.scratch = region.at + rowBytes;
    this.out = this.scratch + scratchBytes;
    this.network = this.out + this.columns * 4;
    new Uint32Array(region.data.buffer, this.network, network.length).set(network);
  }

  /** See `coordinateMedian`; the network must reach the middle. */
  median(rows: readonly Float32Array[], out: Float32Array): void {
    this.eachTile(rows, out, (width) =>
      this.kernel.median(this.region.at, this.stride, this.count, width, this.scratch, this.network, this.comparators, this.out),
    );
  }

  /** See `trimmedMean`; the network must reach from `trim` to K − `trim`. */
  trimmedMean(rows: readonly Float32Array[], trim: number, out: Float32Array): void {
    this.eachTile(rows, out, (width) =>
      this.kernel.trimmedMean(this.region.at, this.stride, this.count, trim, width, this.scratch, this.network, this.comparators, this.out),
    );
  }

  release(): void {
    this.region.release();
  }

  private eachTile(rows: readonly Float32Array[], out: Float32Array, run: (width: number) => void): void {
    const { buffer } = this.region.data;
    const tiles = rows.map((_, k) => new Float32Array(buffer, this.region.at + k * this.stride, this.columns));
    const results = new Float32Array(buffer, this.out, this.columns);
    for (let start = 0; start < out.length; start += this.columns) {
      const length = Math.min(this.columns, out.length - start);
      // Columns past the end hold what an earlier tile left: they are computed and not looked at.
      rows.forEach((row, k) => tiles[k]!.set(row.subarray(start, start + length)));
      run(Math.ceil(length / GROUP) * GROUP);
      out.set(results.subarray(0, length), start);
    }
  }
}
