import { RoundAggregate } from '@fedseal/model/aggregate/round-aggregate';
import { gridFor, type Grid } from '@fedseal/model/aggregate/grid';
import type { Tensor } from '@fedseal/model/tensors';
import { roundWeights, type RoundWeights } from '@fedseal/rounds/aggregate/round-weights';
import { roundGrid, type GridPolicy } from '@fedseal/rounds/aggregate/round-grid';
import type { AcceptedUpdate } from '@fedseal/rounds/machine/run-state';

interface Attempt {
  readonly round: number;
  readonly attempt: number;
}

/** The running sum of one attempt at a round. */
export class OpenAggregate {
  readonly grid: Grid;
  private readonly sum: RoundAggregate;
  private readonly folded = new Set<string>();

  constructor(
    private readonly at: Attempt,
    private readonly base: readonly Tensor[],
    private readonly policy: GridPolicy & { readonly invited: number },
  ) {
    this.grid = gridFor(roundGrid(policy, policy.invited));
    this.sum = new RoundAggregate(base, this.grid);
  }

  isFor({ round, attempt }: Attempt): boolean {
    return this.at.round === round && this.at.attempt === attempt;
  }

  has(commit: string): boolean {
    return this.folded.has(commit);
  }

  /** Whether nothing but these updates was folded in. */
  holdsOnly(accepted: readonly AcceptedUpdate[]): boolean {
    const commits = new Set(accepted.map(({ commit }) => commit));
    return [...this.folded].every((commit) => commits.has(commit));
  }

  fold(commit: string, deltas: readonly Tensor[], examples: number): void {
    const weight = this.policy.weighting === 'uniform' ? 1 : examples;
    this.sum.fold({ key: commit, deltas, weight });
    this.folded.add(commit);
  }

  /** @param accepted every update of the round; all must have been folded in */
  finish(accepted: readonly AcceptedUpdate[]): RoundWeights & { readonly tensors: readonly Tensor[] } {
    const declared = roundWeights(accepted, this.policy.weighting);
    return { ...declared, tensors: this.sum.finish(this.base, declared.denominator) };
  }
}
