import type { WeightedUpdate } from '../aggregate/round-aggregate.js';
import type { Tensor, TensorShape } from '../tensors.js';

/**
 * How a run learns from its contributors. One file each under strategies/; everything here is replayed by an auditor from
 * sealed values, so nothing may depend on the order of arrival, on the clock, or on arithmetic other than + − × ÷ and √ in a
 * stated order.
 */
export interface Strategy {
  /** Sealed in `round.close` as the aggregator's name. */
  readonly name: string;
  /** Parameters sealed beside the name; decimals as strings, symbols as in the cited paper. */
  parameters(policy: StrategyPolicy): Readonly<Record<string, string>>;
  /** What an invited contributor is told beside the plan's training: FedProx's μ, for one. */
  clientTerms(policy: StrategyPolicy): Readonly<Record<string, string>>;
  /** Tensors the server keeps from round to round (moments); sealed by hash. Empty for a strategy without memory. */
  initialState(model: readonly TensorShape[]): readonly Tensor[];
  /** A_max: the largest sum of weights that a round of so many invited contributors can reach. */
  largestWeightSum(invited: number, policy: StrategyPolicy): number;
  /**
   * The integer weight a of an update, from sealed values alone, or the reason of its refusal.
   * @param examples as declared in the update's commit
   */
  weightOf(examples: number, policy: StrategyPolicy): { weight: number } | { refused: WeightFault };
  /** Begins the aggregate of one round. */
  begin(round: RoundStart): RoundCombiner;
}

export type WeightFault = 'examples-invalid' | 'examples-over-cap';

/** The part of a run's plan that a strategy reads. */
export interface StrategyPolicy {
  readonly weighting: 'examples' | 'uniform';
  /** c: the most examples one contributor may declare. */
  readonly examplesCap: number;
}

export interface RoundStart {
  readonly base: readonly TensorShape[];
  readonly policy: StrategyPolicy;
  /** A_max and B as sealed in `round.open`. */
  readonly grid: { readonly aMax: number; readonly bound: number };
  /** The server's state after the round before. */
  readonly state: readonly Tensor[];
}

/** The aggregate of one round while updates come and go. Memory is O(model). */
export interface RoundCombiner {
  /** All of the update or, when it throws a `ModelError`, nothing. */
  fold(update: WeightedUpdate): void;
  /** Takes out an update that was folded in. */
  remove(update: WeightedUpdate): void;
  /** D as it stands: the weights' sum, or the number of updates. */
  readonly denominator: number;
  /** Keys and integer weights, sorted by key. */
  readonly weights: readonly { readonly key: string; readonly weight: number }[];
  /** @returns the new model in the base's order and the server's next state */
  finish(base: readonly Tensor[]): { model: Tensor[]; state: readonly Tensor[] };
}
