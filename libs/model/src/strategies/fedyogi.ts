import { withOptimizer } from './server-optimizer.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * FedYogi (Reddi et al. 2021, arXiv:2003.00295, algorithm 2): as FedAdam, but v ← v − (1 − β2)·Δ̄²·sign(v − Δ̄²), so that v
 * grows and shrinks by as much whatever its size. sign(0) = 0.
 */
export function fedYogi({ eta, beta1, beta2, tau }: SpecOf<'fedyogi'>, policy: StrategyPolicy): Strategy {
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  return withOptimizer({
    name: 'fedyogi',
    parameters: { eta, beta1, beta2, tau },
    slots: [{ name: 'm', initial: 0 }, { name: 'v', initial: tau * tau }],
    step(mean, [m, v], i) {
      const square = mean * mean;
      m![i] = beta1 * m![i]! + rest1 * mean;
      v![i] = v![i]! - rest2 * square * Math.sign(v![i]! - square);
      return (eta * m![i]!) / (Math.sqrt(v![i]!) + tau);
    },
  }, policy);
}
