import type { Tensor } from '../tensors.js';
import type { ModelTensor, RoundResult, Strategy } from './strategy.js';
import { sourceOf } from './update-source.js';

/** A one-dimensional tensor of these values. */
export function tensor(name: string, ...values: number[]): Tensor {
  return { name, shape: [values.length], data: Float32Array.from(values) };
}

export const delta = tensor;

export interface SceneUpdate {
  readonly key: string;
  /** 1 when absent. */
  readonly examples?: number;
  readonly deltas: readonly Tensor[];
}

/** One round as the coordinator plays it: weigh, fold in the order given, finish. @param strangers come and leave before */
export async function closeRound(
  strategy: Strategy,
  base: readonly (Tensor & ModelTensor)[],
  updates: readonly SceneUpdate[],
  state: readonly Tensor[] = strategy.initialState(base),
  strangers: readonly SceneUpdate[] = [],
): Promise<RoundResult> {
  // Room for one stranger at a time.
  const combiner = strategy.begin({ model: base, grid: { aMax: strategy.largestWeightSum(updates.length + 1), bound: 8 }, state });
  for (const { key, deltas } of strangers) {
    combiner.fold({ key, deltas, weight: 1 });
    combiner.remove({ key, deltas, weight: 1 });
  }
  for (const { key, deltas, examples = 1 } of updates) {
    const verdict = strategy.weightOf(examples);
    if ('refused' in verdict) throw new Error(verdict.refused);
    combiner.fold({ key, deltas, weight: verdict.weight });
  }
  return combiner.finish(base, sourceOf((key) => updates.find((update) => update.key === key)?.deltas));
}
