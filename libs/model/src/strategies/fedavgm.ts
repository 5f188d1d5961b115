import { withOptimizer } from './server-optimizer.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * Federated averaging with server momentum (Hsu, Qi, Brown 2019, "Measuring the Effects of Non-Identical Data Distribution for
 * Federated Visual Classification", arXiv:1909.06335, section 4.3): v ← βv + Δ̄, w ← w + ηv. The paper's Δw points the other
 * way, w ← w − v; its η is 1.
 */
export function fedAvgM({ eta, beta }: SpecOf<'fedavgm'>, policy: StrategyPolicy): Strategy {
  return withOptimizer({
    name: 'fedavgm',
    parameters: { eta, beta },
    slots: [{ name: 'v', initial: 0 }],
    step(mean, [v], i) {
      v![i] = beta * v![i]! + mean;
      return eta * v![i]!;
    },
  }, policy);
}
