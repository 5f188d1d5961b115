import { withOptimizer } from './server-optimizer.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * FedAdam (Reddi et al. 2021, arXiv:2003.00295, algorithm 2): m ← β1·m + (1 − β1)·Δ̄, v ← β2·v + (1 − β2)·Δ̄²,
 * w ← w + η·m / (√v + τ), with m = 0 and v = τ² before the first round. As in the paper, no bias is corrected.
 */
export function fedAdam({ eta, beta1, beta2, tau }: SpecOf<'fedadam'>, policy: StrategyPolicy): Strategy {
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  return withOptimizer({
    name: 'fedadam',
    parameters: { eta, beta1, beta2, tau },
    slots: [{ name: 'm', initial: 0 }, { name: 'v', initial: tau * tau }],
    step(mean, [m, v], i) {
      m![i] = beta1 * m![i]! + rest1 * mean;
      v![i] = beta2 * v![i]! + rest2 * (mean * mean);
      return (eta * m![i]!) / (Math.sqrt(v![i]!) + tau);
    },
  }, policy);
}
