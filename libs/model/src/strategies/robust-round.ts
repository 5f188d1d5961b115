import { validateUpdate } from '../aggregate/validate-update.js';
import { RoundAggregate, type WeightedUpdate } from '../aggregate/round-aggregate.js';
import { ModelError } from '../model-error.js';
import { checkTensors, type Tensor, type TensorShape } from '../tensors.js';
import type { KeyWeight, RoundCombiner, RoundResult, RoundStart } from './strategy.js';
import { readTensors, type UpdateSource } from './update-source.js';

/**
 * Keeps which updates count, not what they hold: a rule that looks at all of them side by side reads them when the round
 * ends, in stretches. Updates stand in the order of their keys, so the order of arrival is forgotten.
 */
export abstract class RobustRound implements RoundCombiner {
  private readonly folded = new Set<string>();

  constructor(
    protected readonly round: RoundStart,
    private readonly leastUpdates: number,
  ) {}

  fold({ key, deltas }: WeightedUpdate): void {
    if (this.folded.has(key)) throw new ModelError('update-duplicate', `The update ${key} is in the round already.`);
    const verdict = validateUpdate(this.round.model, deltas, this.round.grid.bound);
    if (verdict !== 'ok') throw new ModelError(verdict, `The update ${key} was refused (${verdict}); nothing of it was folded.`);
    this.folded.add(key);
  }

  remove({ key }: WeightedUpdate): void {
    if (!this.folded.delete(key)) throw new ModelError('update-not-folded', `No update ${key} is in the round.`);
  }

  async finish(base: readonly Tensor[], updates: UpdateSource): Promise<RoundResult> {
    checkTensors(base);
    const keys = [...this.folded].sort();
    if (keys.length < this.leastUpdates) {
      throw new ModelError('updates-too-few', `This rule needs ${this.leastUpdates} updates and the round has ${keys.length}; raise the quorum.`);
    }
    const { model, weights } = await this.combine(base, keys, updates);
    return { model, state: [], weights, denominator: weights.reduce((sum, { weight }) => sum + weight, 0) };
  }

  protected abstract combine(
    base: readonly Tensor[],
    keys: readonly string[],
    updates: UpdateSource,
  ): Promise<{ model: Tensor[]; weights: KeyWeight[] }>;

  /** The plain mean of these updates' tensors, by the exact sum. @param base the tensors it moves */
  protected async mean(base: readonly Tensor[], keys: readonly string[], updates: UpdateSource): Promise<Tensor[]> {
    const shapes: TensorShape[] = base.map(({ name, shape }) => ({ name, shape }));
    const aggregate = new RoundAggregate(shapes, { ...this.round.grid, weightCap: 1 });
    for (const key of keys) aggregate.fold({ key, weight: 1, deltas: await readTensors(updates, key, shapes) });
    return aggregate.finish(base, keys.length);
  }
}
