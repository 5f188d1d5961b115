import { KrumRound } from './krum-round.js';
import { robust } from './robust.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * Krum (Blanchard, El Mhamdi, Guerraoui, Stainer 2017, "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent",
 * NIPS, section 4): of n updates, the one whose n − f − 2 nearest others are nearest, by the sum of squared distances, becomes
 * the step. Needs 2f + 2 < n. The sealed weight of the chosen update is 1, of the others 0.
 */
export function krum({ f }: SpecOf<'krum'>, policy: StrategyPolicy): Strategy {
  const leastUpdates = 2 * f + 3;
  return robust({
    name: 'krum', parameters: { f }, leastUpdates, chooses: true,
    begin: (round) => new KrumRound(round, { f, m: 1, leastUpdates }),
  }, policy);
}
