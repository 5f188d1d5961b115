import { coordinateMedian } from '../robust/coordinate-median.js';
import { CoordinateRound } from './coordinate-round.js';
import { robust } from './robust.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * The coordinate-wise median (Yin, Chen, Ramchandran, Bartlett 2018, "Byzantine-Robust Distributed Learning: Towards Optimal
 * Statistical Rates", ICML, arXiv:1803.01498, algorithm 1, option I): w' = fround(w + median_k Δ_k), element by element. Withstands
 * fewer than half of the contributors.
 */
export function median(policy: StrategyPolicy): Strategy {
  return robust({
    name: 'median', parameters: {}, leastUpdates: 1, chooses: false,
    begin: (round) => new CoordinateRound(round, 1, coordinateMedian),
  }, policy);
}
