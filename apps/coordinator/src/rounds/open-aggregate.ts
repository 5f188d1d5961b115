import type { Grid } from '@fedseal/model/aggregate/grid';
import { gridFor } from '@fedseal/model/aggregate/grid';
import type { RoundCombiner, StrategyPolicy } from '@fedseal/model/strategies/strategy';
import type { Tensor } from '@fedseal/model/tensors';
import { strategyOf } from '@fedseal/rounds/aggregate/strategy-of';
import { TRAINABLE_BOUND } from '@fedseal/rounds/aggregate/trainable-bound';
import type { AcceptedUpdate } from '@fedseal/rounds/machine/run-state';
import type { RunPlan } from '@fedseal/protocol/plan';
import { CodedError } from '../observability/coded-error.js';

/** The grid that `round.open` seals for a cohort of this size. */
export function gridOfRound(plan: RunPlan, invited: number): Grid {
  return gridFor({ bound: TRAINABLE_BOUND, aMax: strategyOfPlan(plan).largestWeightSum(invited, plan.policy) });
}

export function strategyOfPlan(plan: RunPlan) {
  const strategy = strategyOf(plan.strategy.name);
  if (strategy === undefined) {
    throw new CodedError('plan.strategy', `This coordinator knows no strategy named ${plan.strategy.name}. Use fedavg, or a newer version.`);
  }
  return strategy;
}

/** The running aggregate of one attempt at a round. */
export class OpenAggregate {
  readonly grid: Grid;
  /** As `round.close` seals it. */
  readonly aggregator: { readonly name: string; readonly parameters: Record<string, string> };
  private readonly combiner: RoundCombiner;
  private readonly weightOf: (examples: number) => number;
  private readonly folded = new Set<string>();

  constructor(
    private readonly base: readonly Tensor[],
    plan: RunPlan,
    invited: number,
  ) {
    const strategy = strategyOfPlan(plan);
    const policy: StrategyPolicy = plan.policy;
    this.grid = gridOfRound(plan, invited);
    this.aggregator = { name: strategy.name, parameters: { ...strategy.parameters(policy) } };
    this.combiner = strategy.begin({ base, policy, grid: this.grid, state: strategy.initialState(base) });
    this.weightOf = (examples) => {
      const weight = strategy.weightOf(examples, policy);
      if ('refused' in weight) throw new Error(`An accepted update cannot be weighed: ${weight.refused}.`);
      return weight.weight;
    };
  }

  has(commit: string): boolean {
    return this.folded.has(commit);
  }

  /** Whether nothing but these updates was folded in. */
  holdsOnly(accepted: readonly AcceptedUpdate[]): boolean {
    const commits = new Set(accepted.map(({ commit }) => commit));
    return [...this.folded].every((commit) => commits.has(commit));
  }

  /** Folding a commit again changes nothing: a check may be delivered twice. */
  fold(commit: string, deltas: readonly Tensor[], examples: number): void {
    if (this.folded.has(commit)) return;
    this.combiner.fold({ key: commit, deltas, weight: this.weightOf(examples) });
    this.folded.add(commit);
  }

  /** @returns the new model, the weights in the order that `round.close` commits to, and their denominator D */
  finish(): { tensors: readonly Tensor[]; weights: { commit: string; weight: number }[]; denominator: number } {
    const { denominator, weights } = this.combiner;
    const { model } = this.combiner.finish(this.base);
    return { tensors: model, weights: weights.map(({ key, weight }) => ({ commit: key, weight })), denominator };
  }
}
