import { compileKernel, type CompiledKernel, type WasmMemory } from '../platform.js';
import type { FoldJob } from './fold-crew.js';
import { wasmBase64 } from './exact-sum-wasm.js';

/** Exports of kernels/exact-sum.ts: pointers in bytes, counts in elements. */
export interface SumKernel {
  scan(source: number, count: number): number;
  /** @returns the elements folded: `count`, or those before a block that holds a magnitude above `largest` (−1: not looked for) */
  fold(sums: number, source: number, count: number, scale: number, largest: number): number;
  fold4(
    sums: number, a: number, b: number, c: number, d: number, count: number,
    scaleA: number, scaleB: number, scaleC: number, scaleD: number, largest: number,
  ): number;
  /** Zeroes bytes. */
  clear(at: number, bytes: number): void;
  read(sums: number, out: number, count: number): void;
  merge(sums: number, source: number, count: number): void;
  finish(sums: number, base: number, count: number, divisor: number): void;
}

/** Stands for `largest` where the data were scanned before. */
export const SCANNED = -1;

let compiled: CompiledKernel | undefined;

/** The kernel over a memory. Compiled once, about 2 kB: well under a millisecond. */
export function sumKernel(memory: WasmMemory): SumKernel {
  compiled ??= compileKernel(wasmBase64);
  return compiled.over(memory) as SumKernel;
}

/** V8 does not swap a running WebAssembly function for its optimised form, so long ranges are folded in calls of this many elements. */
const STRETCH = 65_536;

/** @returns the elements folded: the job's count, or those before a refused block */
export function runFold(kernel: SumKernel, { sums, sources, scales, count, largest }: FoldJob): number {
  for (let start = 0; start < count; start += STRETCH) {
    const length = Math.min(STRETCH, count - start);
    const [a, b, c, d] = sources.map((source) => source + start * 4) as [number, number, number, number];
    const folded = sources.length === 1
      ? kernel.fold(sums + start * 8, a, length, scales[0]!, largest)
      : kernel.fold4(sums + start * 8, a, b, c, d, length, scales[0]!, scales[1]!, scales[2]!, scales[3]!, largest);
    if (folded < length) return start + folded;
  }
  return count;
}
