import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmHeap } from './wasm-heap.js';

/** value − learningRate · gradient in one pass, as a new tensor: each product and difference rounded, as in TensorFlow.js. */
export function sgdStep(heap: WasmHeap, value: TensorInfo, gradient: TensorInfo, learningRate: number): TensorInfo {
  const output = heap.output(value.shape);
  heap.kernels.sgd(heap.pointer(value), heap.pointer(gradient), heap.pointer(output), util.sizeFromShape(value.shape), learningRate);
  return output;
}
