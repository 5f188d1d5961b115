import { KrumRound } from './krum-round.js';
import { robust } from './robust.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * Multi-Krum (Blanchard et al. 2017, section 5): the mean of the m updates of least score. Needs 2f + 2 < n as Krum does, and m + f
 * updates, so that nobody of the f has to be chosen. The sealed weights are 1 for the chosen, 0 for the others.
 */
export function multiKrum({ f, m }: SpecOf<'multi-krum'>, policy: StrategyPolicy): Strategy {
  const leastUpdates = Math.max(2 * f + 3, m + f);
  return robust({
    name: 'multi-krum', parameters: { f, m }, leastUpdates, chooses: true,
    begin: (round) => new KrumRound(round, { f, m, leastUpdates }),
  }, policy);
}
