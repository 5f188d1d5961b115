import { platform, type WasmMemory } from '../platform.js';
import { wasmBase64 } from './exact-sum-wasm.js';

/** Exports of kernels/exact-sum.ts: pointers in bytes, counts in elements and multiples of 8. */
export interface SumKernel {
  scan(source: number, count: number): number;
  /** @returns 1 when an element's magnitude has bits above `largest`; that element adds nothing */
  fold(sums: number, source: number, count: number, scale: number, largest: number): number;
  merge(sums: number, source: number, count: number): void;
  finish(sums: number, base: number, count: number, divisor: number): void;
}

export const PAGE_BYTES = 65_536;

let compiled: object | undefined;

/** A kernel over a zeroed memory of its own, `bytes` long or a little more. Compiled once, about 1 kB: well under a millisecond. */
export function createSumKernel(bytes: number): { kernel: SumKernel; memory: WasmMemory } {
  const { Module, Instance, Memory } = platform.WebAssembly;
  compiled ??= new Module(Uint8Array.from(platform.atob(wasmBase64), (letter) => letter.charCodeAt(0)));
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const memory = new Memory({ initial: pages, maximum: pages });
  const { exports } = new Instance(compiled, { env: { memory } });
  return { kernel: exports as SumKernel, memory };
}
