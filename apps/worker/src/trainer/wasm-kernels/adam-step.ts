import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamStep } from '../kernel-names.js';
import type { WasmHeap } from './wasm-heap.js';

/** Adam in one pass over the parameters instead of a dozen: [value, mean, variance], all new tensors. */
export function adamStep(heap: WasmHeap, inputs: Record<string, TensorInfo>, step: AdamStep): TensorInfo[] {
  const { value, gradient, mean, variance } = inputs as { [name: string]: TensorInfo } & Record<'value' | 'gradient' | 'mean' | 'variance', TensorInfo>;
  const outputs = [heap.output(value.shape), heap.output(value.shape), heap.output(value.shape)] as const;
  const [newValue, newMean, newVariance] = outputs;
  heap.kernels.adam(
    heap.pointer(value), heap.pointer(gradient), heap.pointer(mean), heap.pointer(variance),
    heap.pointer(newValue), heap.pointer(newMean), heap.pointer(newVariance), util.sizeFromShape(value.shape),
    step.beta1, step.beta2, step.meanScale, step.varianceScale, step.epsilon,
  );
  return [...outputs];
}
