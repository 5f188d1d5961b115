import { ModelError } from '../model-error.js';
import { platform, type WasmMemory } from '../platform.js';
import type { FoldCrew } from './fold-crew.js';
import { sumKernel, type SumKernel } from './sum-kernel.js';

/** A stretch of a kernel memory that its holder alone uses until it is released. */
export interface Region {
  /** Byte offset of the first byte, a multiple of 4,096. */
  readonly at: number;
  readonly data: Uint8Array;
  /** Gives the stretch back; views of it must not be used from then on. Releasing twice is releasing once. */
  release(): void;
}

/** Elements copied in at a time where data lie elsewhere: 32 KiB each of four updates stay in the second-level cache. */
export const TILE = 8192;
const TILE_BYTES = TILE * 4;
/** Updates that one pass folds. */
export const PASS = 4;
/** The tiles lie in front of every region. */
const FRONT = PASS * TILE_BYTES;
const PAGE_BYTES = 65_536;
const ALIGNMENT = 4096;
/** The address space of 32-bit WebAssembly. */
const MOST_BYTES = 2 ** 32;
/** The largest region that any memory can hold. */
export const MAX_REGION_BYTES = MOST_BYTES - FRONT;

/**
 * One WebAssembly memory with the sums' kernel over it, handed out in regions. Sums and the updates that wait to be folded
 * lie side by side here, so that a fold copies nothing. The memory is shared: it grows on demand without detaching the views
 * that are held, costs what was touched, and threads can fold in it. Released regions are used again, not returned to
 * the system.
 */
export class KernelMemory {
  readonly memory: WasmMemory;
  readonly kernel: SumKernel;
  /** Threads that help to fold large tensors, where there are any. */
  crew: FoldCrew | undefined;
  /** Growing makes a new buffer object over the same bytes; each one that was handed out is known here. */
  private readonly buffers = new WeakSet<ArrayBufferLike>();
  private current: ArrayBufferLike;
  /** Free stretches below `end`, ascending and never adjacent. */
  private free: { at: number; bytes: number }[] = [];
  private end = FRONT;

  /** @param limitBytes the most that this memory may come to hold */
  constructor(private readonly limitBytes: number = MOST_BYTES) {
    const maximum = pagesOf(Math.min(limitBytes + FRONT, MOST_BYTES));
    this.memory = new platform.WebAssembly.Memory({ initial: pagesOf(FRONT), maximum, shared: true });
    this.kernel = sumKernel(this.memory);
    this.current = this.memory.buffer;
    this.buffers.add(this.current);
  }

  /**
   * @param isZeroed whether the bytes must be zero; otherwise they may be what the last holder left
   * @returns undefined where the memory has no room for it
   */
  allocate(bytes: number, isZeroed = true): Region | undefined {
    const needed = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const reused = this.take(needed);
    // What was never handed out is zero.
    if (reused !== undefined && isZeroed) this.kernel.clear(reused, needed);
    const at = reused ?? this.extend(needed);
    if (at === undefined) return undefined;
    let isHeld = true;
    const release = () => {
      if (isHeld) this.giveBack(at, needed);
      isHeld = false;
    };
    return { at, data: new Uint8Array(this.current, at, bytes), release };
  }

  /** Where data lie in this memory, as a byte offset; undefined for data that lie elsewhere. */
  offsetOf(data: ArrayBufferView): number | undefined {
    return this.buffers.has(data.buffer) ? data.byteOffset : undefined;
  }

  /** The tile of one of the updates in a pass. */
  tile(index: number): Float32Array {
    return new Float32Array(this.current, index * TILE_BYTES, TILE);
  }

  /** All tiles as one array of float64. */
  wideTile(): Float64Array {
    return new Float64Array(this.current, 0, FRONT / 8);
  }

  private take(bytes: number): number | undefined {
    const index = this.free.findIndex((stretch) => stretch.bytes >= bytes);
    const found = this.free[index];
    if (found === undefined) return undefined;
    const { at } = found;
    if (found.bytes === bytes) this.free.splice(index, 1);
    else this.free[index] = { at: at + bytes, bytes: found.bytes - bytes };
    return at;
  }

  private extend(bytes: number): number | undefined {
    const at = this.end;
    if (at + bytes > Math.min(this.limitBytes + FRONT, MOST_BYTES)) return undefined;
    const missing = pagesOf(at + bytes) - this.current.byteLength / PAGE_BYTES;
    if (missing > 0) {
      try {
        this.memory.grow(missing);
      } catch {
        return undefined;
      }
      this.current = this.memory.buffer;
      this.buffers.add(this.current);
    }
    this.end = at + bytes;
    return at;
  }

  private giveBack(at: number, bytes: number): void {
    const next = this.free.findIndex((stretch) => stretch.at > at);
    this.free.splice(next === -1 ? this.free.length : next, 0, { at, bytes });
    const merged: { at: number; bytes: number }[] = [];
    for (const stretch of this.free) {
      const last = merged.at(-1);
      if (last && last.at + last.bytes === stretch.at) last.bytes += stretch.bytes;
      else merged.push({ ...stretch });
    }
    this.free = merged;
  }
}

let shared: KernelMemory | undefined;

/** The memory that sums and waiting updates of this thread lie in unless they are given another. */
export function kernelMemory(): KernelMemory {
  return (shared ??= new KernelMemory());
}

/**
 * A region in the given memory, or in one of its own where that has no room.
 * @throws ModelError `sum-too-long` past 4 GiB
 */
export function allocateIn(memory: KernelMemory, bytes: number): { memory: KernelMemory; region: Region } {
  if (bytes > MAX_REGION_BYTES) throw new ModelError('sum-too-long', `One memory holds at most ${MAX_REGION_BYTES} bytes, not ${bytes}.`);
  const region = memory.allocate(bytes);
  if (region) return { memory, region };
  const own = new KernelMemory(bytes + ALIGNMENT);
  const ownRegion = own.allocate(bytes);
  if (!ownRegion) throw new ModelError('sum-too-long', `The system refuses ${bytes} bytes for a sum; free memory, or use a smaller model.`);
  return { memory: own, region: ownRegion };
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}
