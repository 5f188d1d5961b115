import { MeanRound } from './mean-round.js';
import type { Strategy, StrategyPolicy } from './strategy.js';
import { weighing } from './weighing.js';

/**
 * Federated averaging (McMahan, Moore, Ramage, Hampson, Agüera y Arcas 2017, "Communication-Efficient Learning of Deep
 * Networks from Decentralized Data", AISTATS, arXiv:1602.05629, algorithm 1): w_{t+1} = Σ_k (n_k / n) · w^k_{t+1}, here as
 * w_t + Σ_k a_k · Δ_k / D over exact integers. With weighting `examples` a_k = n_k and D = Σ n_k over the accepted; with
 * `uniform` a_k = 1 and D is their number.
 */
export function fedAvg(policy: StrategyPolicy): Strategy {
  const { weighting, examplesCap } = policy;
  return {
    name: 'fedavg',
    ...weighing(policy, weighting),
    parameters: { weighting, examplesCap: String(examplesCap) },
    clientTerms: {},
    leastUpdates: 1,
    chooses: false,
    initialState: () => [],
    begin: (round) => new MeanRound(round, weighting === 'uniform' ? 1 : examplesCap),
  };
}
