import type { WeightedUpdate } from '../aggregate/round-aggregate.js';
import type { Tensor, TensorShape } from '../tensors.js';
import type { UpdateSource } from './update-source.js';

/**
 * How a run learns from its contributors. One file each under strategies/, made by `createStrategy` from what the plan
 * declares; everything here is replayed by an auditor from sealed values, so nothing may depend on the order of arrival, on
 * the clock, or on arithmetic other than + − × ÷ and √ in a stated order.
 */
export interface Strategy extends Weighing {
  /** Sealed in `round.close` as the aggregator's name. */
  readonly name: string;
  /** Parameters sealed beside the name; decimals as strings, symbols as in the cited paper. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What an invited contributor is told beside the plan's training: FedProx's μ, for one. */
  readonly clientTerms: ClientTerms;
  /** Accepted updates that the rule needs. A plan's quorum is no lower, so no round closes with fewer. */
  readonly leastUpdates: number;
  /** Whether the sealed weights say which updates the rule chose: then they follow from the updates' content alone. */
  readonly chooses: boolean;
  /** Tensors the server keeps from round to round (moments), before the first. Empty for a strategy without memory. */
  initialState(model: readonly ModelTensor[]): readonly Tensor[];
  /** Begins the aggregate of one round. @throws ModelError `state-mismatch`, or as `RoundAggregate` */
  begin(round: RoundStart): RoundCombiner;
}

/** What a contributor's number of examples counts for. */
export interface Weighing {
  /** What n_k means here: robust rules ignore it whatever the plan says. */
  readonly weighting: 'examples' | 'uniform';
  /** A_max: the largest sum of weights that a round of so many invited contributors can reach. */
  largestWeightSum(invited: number): number;
  /**
   * The integer weight a of an update, from sealed values alone, or the reason of its refusal.
   * @param examples as declared in the update's commit
   */
  weightOf(examples: number): { weight: number } | { refused: WeightFault };
}

export type WeightFault = 'examples-invalid' | 'examples-over-cap';

export interface ClientTerms {
  /** μ of FedProx, as a decimal. */
  readonly proximalMu?: string;
}

/** The part of a plan's policy that a strategy reads. */
export interface StrategyPolicy {
  readonly weighting: 'examples' | 'uniform';
  /** c: the most examples one contributor may declare. */
  readonly examplesCap: number;
  /** C: the L2 norm that no update exceeds; longer ones are scaled down before anything else. */
  readonly clip?: { readonly norm: number } | undefined;
}

/** A tensor of the model; `tensorSpecs` gives them. Buffers (running statistics) only take the plain mean. */
export interface ModelTensor extends TensorShape {
  /** Trainable when absent. */
  readonly role?: 'trainable' | 'buffer';
}

export interface RoundStart {
  readonly model: readonly ModelTensor[];
  /** A_max and B as sealed in `round.open`. */
  readonly grid: { readonly aMax: number; readonly bound: number };
  /** The server's state after the round before; `initialState` in the first. */
  readonly state: readonly Tensor[];
}

/** The aggregate of one round while updates come and go. Memory is O(model), however many there are. */
export interface RoundCombiner {
  /** All of the update or, when it throws a `ModelError`, nothing. */
  fold(update: WeightedUpdate): void;
  /** Takes out an update that was folded in, given with the same deltas. */
  remove(update: WeightedUpdate): void;
  /**
   * @param base the model that every update was a delta to
   * @param updates the folded updates as they are stored, for rules that look at all of them side by side
   * @throws ModelError `aggregate-empty`, `updates-too-few` below `leastUpdates`, `model-overflow`
   */
  finish(base: readonly Tensor[], updates: UpdateSource): Promise<RoundResult>;
}

export interface RoundResult {
  /** The new model, in the base's order. */
  readonly model: Tensor[];
  /** The server's next state. */
  readonly state: readonly Tensor[];
  /** Keys and integer weights, sorted by key; 0 for an update that the rule did not choose. */
  readonly weights: readonly KeyWeight[];
  /** D: the sum of these weights. */
  readonly denominator: number;
}

export interface KeyWeight {
  readonly key: string;
  readonly weight: number;
}

export function isTrainable({ role }: ModelTensor): boolean {
  return role !== 'buffer';
}
