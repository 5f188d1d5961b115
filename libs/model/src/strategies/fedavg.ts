import { RoundAggregate, type WeightedUpdate } from '../aggregate/round-aggregate.js';
import type { Tensor } from '../tensors.js';
import type { RoundCombiner, RoundStart, Strategy } from './strategy.js';

/**
 * Federated averaging (McMahan, Moore, Ramage, Hampson, Agüera y Arcas 2017, "Communication-Efficient Learning of Deep
 * Networks from Decentralized Data", AISTATS, arXiv:1602.05629, algorithm 1): w_{t+1} = Σ_k (n_k / n) · w^k_{t+1}, here as
 * w_t + Σ_k a_k · Δ_k / D over exact integers. With weighting `examples` a_k = n_k and D = Σ n_k over the accepted; with
 * `uniform` a_k = 1 and D is their number, since n_k is declared and cannot be verified.
 */
export const fedAvg: Strategy = {
  name: 'fedavg',
  parameters: ({ weighting, examplesCap }) => ({ weighting, examplesCap: String(examplesCap) }),
  clientTerms: () => ({}),
  initialState: () => [],
  largestWeightSum: (invited, { weighting, examplesCap }) => (weighting === 'uniform' ? invited : invited * examplesCap),
  weightOf: (examples, { weighting, examplesCap }) => {
    if (!Number.isSafeInteger(examples) || examples < 1) return { refused: 'examples-invalid' };
    if (examples > examplesCap) return { refused: 'examples-over-cap' };
    return { weight: weighting === 'uniform' ? 1 : examples };
  },
  begin: (round) => new FedAvgRound(round),
};

class FedAvgRound implements RoundCombiner {
  private readonly aggregate: RoundAggregate;

  constructor({ base, grid, policy }: RoundStart) {
    const weightCap = policy.weighting === 'uniform' ? 1 : policy.examplesCap;
    this.aggregate = new RoundAggregate(base, { aMax: grid.aMax, bound: grid.bound, weightCap });
  }

  get denominator(): number {
    return this.aggregate.totalWeight;
  }

  get weights(): readonly { key: string; weight: number }[] {
    return this.aggregate.weights;
  }

  fold(update: WeightedUpdate): void {
    this.aggregate.fold(update);
  }

  remove(update: WeightedUpdate): void {
    this.aggregate.remove(update);
  }

  finish(base: readonly Tensor[]): { model: Tensor[]; state: readonly Tensor[] } {
    return { model: this.aggregate.finish(base, this.denominator), state: [] };
  }
}
