import { fedAvg } from './fedavg.js';
import { decimalText, sealedParameters } from './parameters.js';
import type { SpecOf } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';

/**
 * FedProx (Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith 2020, "Federated Optimization in Heterogeneous Networks", MLSys,
 * arXiv:1812.06127, algorithm 2): a contributor minimises F_k(w) + μ/2 · ‖w − w_t‖², which adds μ · (w − w_t) to its gradient.
 * The server averages as FedAvg does. Nobody can see from an update whether the term was used.
 */
export function fedProx({ mu }: SpecOf<'fedprox'>, policy: StrategyPolicy): Strategy {
  const mean = fedAvg(policy);
  return {
    ...mean,
    name: 'fedprox',
    parameters: { ...mean.parameters, ...sealedParameters({ mu }) },
    clientTerms: { proximalMu: decimalText(mu) },
  };
}
