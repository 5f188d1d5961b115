import { RoundAggregate, type WeightedUpdate } from '../aggregate/round-aggregate.js';
import type { Tensor } from '../tensors.js';
import type { RoundCombiner, RoundResult, RoundStart } from './strategy.js';

/** The weighted mean over exact integers, docs/AGGREGATE.md "The sum": w + Σ a_k · Δ_k / D. */
export class MeanRound implements RoundCombiner {
  protected readonly aggregate: RoundAggregate;

  /** @param weightCap the largest weight of one update */
  constructor({ model, grid }: RoundStart, weightCap: number) {
    this.aggregate = new RoundAggregate(model, { aMax: grid.aMax, bound: grid.bound, weightCap });
  }

  fold(update: WeightedUpdate): void {
    this.aggregate.fold(update);
  }

  remove(update: WeightedUpdate): void {
    this.aggregate.remove(update);
  }

  finish(base: readonly Tensor[]): Promise<RoundResult> {
    const { weights, totalWeight } = this.aggregate;
    return Promise.resolve({ ...this.combine(base, totalWeight), weights, denominator: totalWeight });
  }

  protected combine(base: readonly Tensor[], denominator: number): Pick<RoundResult, 'model' | 'state'> {
    return { model: this.aggregate.finish(base, denominator), state: [] };
  }
}
