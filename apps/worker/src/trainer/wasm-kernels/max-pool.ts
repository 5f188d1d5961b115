import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingArguments } from './training-kernels.js';
import type { WasmHeap } from './wasm-heap.js';

/** Attributes of TensorFlow.js' MaxPool and MaxPoolGrad kernels. */
export interface PoolingAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function poolingInfo(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: PoolingAttributes) {
  const shape4 = shape as unknown as [number, number, number, number];
  return backend_util.computePool2DInfo(shape4, filterSize, strides, 1, pad, dimRoundingMode);
}

type PoolingInfo = ReturnType<typeof poolingInfo>;

export function maxPool(heap: WasmHeap, x: TensorInfo, attributes: PoolingAttributes): TensorInfo {
  const info = poolingInfo(x.shape, attributes);
  const y = heap.output(info.outShape);
  heap.kernels.maxPool(heap.pointer(x), ...sizes(info, heap.pointer(y)));
  return y;
}

/** The first greatest element of each window receives its gradient, however negative it is. */
export function maxPoolGradient(heap: WasmHeap, x: TensorInfo, dy: TensorInfo, attributes: PoolingAttributes): TensorInfo {
  const info = poolingInfo(x.shape, attributes);
  const dx = heap.output(x.shape);
  heap.kernels.maxPoolGradient(heap.pointer(x), heap.pointer(dy), ...sizes(info, heap.pointer(dx)));
  return dx;
}

function sizes(info: PoolingInfo, target: number): PoolingArguments {
  return [
    target, info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth,
    info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left,
  ];
}
