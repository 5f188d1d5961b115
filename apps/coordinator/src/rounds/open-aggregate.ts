import type { Grid } from '@fedseal/model/aggregate/grid';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import type { RoundCombiner, RoundResult } from '@fedseal/model/strategies/strategy';
import type { UpdateSource } from '@fedseal/model/strategies/update-source';
import type { Tensor } from '@fedseal/model/tensors';
import type { AcceptedUpdate } from '@fedseal/rounds/machine/run-state';
import type { RunPlan } from '@fedseal/protocol/plan';
import { gridOfRound, strategyOfPlan } from './strategy-of-plan.js';

/** The running aggregate of one attempt at a round. */
export class OpenAggregate {
  readonly grid: Grid;
  /** As `round.close` seals it. */
  readonly aggregator: { readonly name: string; readonly parameters: Record<string, string> };
  private readonly combiner: RoundCombiner;
  private readonly weightOf: (examples: number) => number;
  private readonly folded = new Set<string>();

  /** @param state of the server after the round before; undefined before the first */
  constructor(
    private readonly base: readonly Tensor[],
    plan: RunPlan,
    invited: number,
    state: readonly Tensor[] | undefined,
  ) {
    const strategy = strategyOfPlan(plan);
    const model = tensorSpecs(plan.model);
    this.grid = gridOfRound(plan, invited);
    this.aggregator = { name: strategy.name, parameters: { ...strategy.parameters } };
    this.combiner = strategy.begin({ model, grid: this.grid, state: state ?? strategy.initialState(model) });
    this.weightOf = (examples) => {
      const weight = strategy.weightOf(examples);
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

  /** @returns the new model, the server's next state, and the weights in the order that `round.close` commits to */
  finish(updates: UpdateSource): Promise<RoundResult> {
    return this.combiner.finish(this.base, updates);
  }
}
