import { trimmedMean } from '../robust/trimmed-mean.js';
import { CoordinateRound } from './coordinate-round.js';
import { robust } from './robust.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * The coordinate-wise trimmed mean (Yin et al. 2018, arXiv:1803.01498, algorithm 1, option II): in each coordinate the `trim`
 * smallest and the `trim` largest deltas are left out and the rest averaged; the paper's β is trim / K. Withstands `trim`
 * contributors, and needs more than 2 · trim updates.
 */
export function trimmed({ trim }: SpecOf<'trimmed-mean'>, policy: StrategyPolicy): Strategy {
  const leastUpdates = 2 * trim + 1;
  return robust({
    name: 'trimmed-mean', parameters: { trim }, leastUpdates, chooses: false,
    begin: (round) => new CoordinateRound(round, leastUpdates, (rows, out) => trimmedMean(rows, trim, out)),
  }, policy);
}
