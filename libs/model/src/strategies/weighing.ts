import type { StrategyPolicy, Weighing } from './strategy.js';

/**
 * By examples, a_k = n_k and D = Σ n_k over the accepted; uniform, a_k = 1 and D is their number, since n_k is declared and
 * cannot be verified. The cap holds for both.
 */
export function weighing({ examplesCap }: StrategyPolicy, weighting: 'examples' | 'uniform'): Weighing {
  return {
    weighting,
    largestWeightSum: (invited) => (weighting === 'uniform' ? invited : invited * examplesCap),
    weightOf: (examples) => {
      if (!Number.isSafeInteger(examples) || examples < 1) return { refused: 'examples-invalid' };
      if (examples > examplesCap) return { refused: 'examples-over-cap' };
      return { weight: weighting === 'uniform' ? 1 : examples };
    },
  };
}
