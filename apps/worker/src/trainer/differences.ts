import type { Tensor } from '@fedseal/model/tensors';
import { WorkerError } from '../worker-error.js';

/**
 * The update: Δ = fround(w − base), in the base's order.
 * @param bound greatest |Δ| the round accepts
 * @throws WorkerError `update.not-finite`, `update.out-of-bound`: the coordinator would refuse the whole update
 */
export function differences(base: readonly Tensor[], weights: readonly Tensor[], bound: number): Tensor[] {
  const trained = new Map(weights.map(({ name, data }) => [name, data]));
  return base.map(({ name, shape, data: before }) => {
    const after = trained.get(name)!;
    const data = new Float32Array(before.length);
    for (let i = 0; i < data.length; i++) {
      data[i] = after[i]! - before[i]!;
      if (Math.abs(data[i]!) <= bound) continue;
      throw Number.isFinite(data[i])
        ? new WorkerError('update.out-of-bound', `Training moved ${name} by ${data[i]}, past the round's bound of ${bound}; a lower learning rate keeps it within.`)
        : new WorkerError('update.not-finite', `Training diverged: ${name} is no longer a number; a lower learning rate keeps it finite.`);
    }
    return { name, shape, data };
  });
}
