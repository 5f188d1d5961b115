import type { AcceptedUpdate } from '../machine/run-state.js';

/** The weight `a` of one accepted update, named by the leaf hash of its commit. */
export interface UpdateWeight {
  readonly commit: string;
  readonly weight: number;
}

export interface RoundWeights {
  /** Sorted by commit hash, bytewise: the order in which `round.close` commits to them. */
  readonly weights: readonly UpdateWeight[];
  /** D of the weighted mean: the sum of all weights. */
  readonly denominator: number;
}

/**
 * FedAvg's weights (McMahan et al. 2017, algorithm 1: n_k of n), or equal ones. Lower-case hex of one length sorts as
 * its bytes do.
 */
export function roundWeights(
  accepted: readonly Pick<AcceptedUpdate, 'commit' | 'examples'>[],
  weighting: 'examples' | 'uniform',
): RoundWeights {
  const weights = accepted
    .map(({ commit, examples }) => ({ commit, weight: weighting === 'uniform' ? 1 : examples }))
    .sort((a, b) => (a.commit < b.commit ? -1 : a.commit > b.commit ? 1 : 0));
  return { weights, denominator: weights.reduce((sum, { weight }) => sum + weight, 0) };
}
