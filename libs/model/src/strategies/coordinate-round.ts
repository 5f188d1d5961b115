import type { Tensor } from '../tensors.js';
import { moved } from './moved.js';
import { RobustRound } from './robust-round.js';
import { isTrainable, type KeyWeight, type RoundStart } from './strategy.js';
import { stretches, type UpdateSource } from './update-source.js';

/** Combines the same stretch of every update, coordinate by coordinate. */
export type CoordinateRule = (rows: readonly Float32Array[], out: Float32Array) => void;

/** Coordinates that are read for all updates at a time, or a multiple of it. */
const TILE = 1024;

/**
 * A rule that looks at each coordinate alone: w' = fround(w + rule(Δ_1 … Δ_K)) for trainable tensors, the plain mean for buffers.
 * All updates weigh 1.
 */
export class CoordinateRound extends RobustRound {
  constructor(
    round: RoundStart,
    leastUpdates: number,
    private readonly rule: CoordinateRule,
  ) {
    super(round, leastUpdates);
  }

  protected async combine(base: readonly Tensor[], keys: readonly string[], updates: UpdateSource): Promise<{ model: Tensor[]; weights: KeyWeight[] }> {
    const buffers = new Set(this.round.model.filter((tensor) => !isTrainable(tensor)).map(({ name }) => name));
    const means = buffers.size === 0 ? [] : await this.mean(base.filter(({ name }) => buffers.has(name)), keys, updates);
    const model: Tensor[] = [];
    for (const tensor of base) {
      model.push(means.find(({ name }) => name === tensor.name) ?? (await this.move(tensor, keys, updates)));
    }
    return { model, weights: keys.map((key) => ({ key, weight: 1 })) };
  }

  private async move(tensor: Tensor, keys: readonly string[], updates: UpdateSource): Promise<Tensor> {
    const { name, shape, data } = tensor;
    const next = data.slice();
    for await (const { start, rows } of stretches(updates, keys, tensor, TILE)) {
      const steps = new Float32Array(rows[0]!.length);
      this.rule(rows, steps);
      for (let i = 0; i < steps.length; i++) next[start + i] = moved(data[start + i]!, steps[i]!);
    }
    return { name, shape, data: next };
  }
}
