import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { instantiateTrainingKernels, type TrainingKernels } from './training-kernels.js';

/** Emscripten's module as the backend holds it; its allocator and memory are not in the published types. */
interface EmscriptenModule {
  readonly HEAPU8: Uint8Array;
  readonly asm: { readonly memory: object };
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

const ALIGNMENT = 16;

/** The WASM backend's memory as kernels see it: tensors by pointer, and one scratch area that grows as needed. */
export class WasmHeap {
  readonly kernels: TrainingKernels;
  readonly #module: EmscriptenModule;
  #scratch = 0;
  #scratchBytes = 0;

  constructor(private readonly backend: BackendWasm) {
    this.#module = backend.wasm as unknown as EmscriptenModule;
    this.kernels = instantiateTrainingKernels(this.#module.asm.memory);
  }

  pointer(tensor: TensorInfo): number {
    return this.backend.getMemoryOffset(tensor.dataId) >>> 0;
  }

  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  /** The same data under another shape. */
  view(tensor: TensorInfo, shape: readonly number[]): TensorInfo {
    this.backend.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
  }

  /**
   * Pointers to areas of the given sizes in float32 elements, valid until the next call; their contents are whatever was
   * there. Kernels run to their end one at a time, so one area serves them all.
   */
  scratch<const Sizes extends readonly number[]>(...sizes: Sizes): { [K in keyof Sizes]: number } {
    const offsets: number[] = [];
    let bytes = 0;
    for (const size of sizes) {
      offsets.push(bytes);
      bytes += Math.ceil((size * 4) / ALIGNMENT) * ALIGNMENT;
    }
    if (bytes > this.#scratchBytes) {
      if (this.#scratch !== 0) this.#module._free(this.#scratch);
      this.#scratch = this.#module._malloc(bytes) >>> 0;
      this.#scratchBytes = bytes;
    }
    return offsets.map((offset) => this.#scratch + offset) as { [K in keyof Sizes]: number };
  }

  clear(pointer: number, elements: number): void {
    this.#module.HEAPU8.fill(0, pointer, pointer + elements * 4);
  }
}
