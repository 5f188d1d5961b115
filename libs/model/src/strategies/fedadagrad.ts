import { withOptimizer } from './server-optimizer.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * FedAdagrad (Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar, McMahan 2021, "Adaptive Federated Optimization", ICLR,
 * arXiv:2003.00295, algorithm 2): m ← β1·m + (1 − β1)·Δ̄, v ← v + Δ̄², w ← w + η·m / (√v + τ), with m = 0 and v = τ² before the
 * first round. The paper's experiments take β1 = 0.
 */
export function fedAdagrad({ eta, beta1, tau }: SpecOf<'fedadagrad'>, policy: StrategyPolicy): Strategy {
  const rest = 1 - beta1;
  return withOptimizer({
    name: 'fedadagrad',
    parameters: { eta, beta1, tau },
    slots: [{ name: 'm', initial: 0 }, { name: 'v', initial: tau * tau }],
    step(mean, [m, v], i) {
      m![i] = beta1 * m![i]! + rest * mean;
      v![i] = v![i]! + mean * mean;
      return (eta * m![i]!) / (Math.sqrt(v![i]!) + tau);
    },
  }, policy);
}
