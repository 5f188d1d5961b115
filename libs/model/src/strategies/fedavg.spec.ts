import { describe, expect, it } from 'vitest';
import type { Tensor } from '../tensors.js';
import { fedAvg } from './fedavg.js';
import type { StrategyPolicy } from './strategy.js';

const base: Tensor[] = [{ name: 'w', shape: [2], data: Float32Array.of(1, -1) }];
const delta = (...values: number[]): Tensor[] => [{ name: 'w', shape: [2], data: Float32Array.from(values) }];

function round(policy: StrategyPolicy, updates: { key: string; examples: number; deltas: Tensor[] }[]) {
  const aMax = fedAvg.largestWeightSum(updates.length, policy);
  const combiner = fedAvg.begin({ base, policy, grid: { aMax, bound: 8 }, state: fedAvg.initialState(base) });
  for (const { key, examples, deltas } of updates) {
    const verdict = fedAvg.weightOf(examples, policy);
    if ('weight' in verdict) combiner.fold({ key, deltas, weight: verdict.weight });
  }
  return combiner;
}

const updates = [
  { key: 'b', examples: 100, deltas: delta(1, 0) },
  { key: 'a', examples: 300, deltas: delta(-1, 4) },
];

describe('fedAvg', () => {
  it('weighs by examples: w + Σ n_k Δ_k / Σ n_k', () => {
    const combiner = round({ weighting: 'examples', examplesCap: 1000 }, updates);
    expect(combiner.denominator).toBe(400);
    expect(combiner.weights).toEqual([{ key: 'a', weight: 300 }, { key: 'b', weight: 100 }]);
    expect([...combiner.finish(base).model[0]!.data]).toEqual([0.5, 2]);
    expect(combiner.finish(base).state).toEqual([]);
  });

  it('weighs all alike: w + Σ Δ_k / K', () => {
    const combiner = round({ weighting: 'uniform', examplesCap: 1000 }, updates);
    expect(combiner.denominator).toBe(2);
    expect([...combiner.finish(base).model[0]!.data]).toEqual([1, 1]);
    combiner.remove({ key: 'a', deltas: updates[1]!.deltas, weight: 1 });
    expect(combiner.denominator).toBe(1);
    expect([...combiner.finish(base).model[0]!.data]).toEqual([2, -1]);
  });

  it('refuses examples over the cap or uncountable, also where they weigh nothing', () => {
    for (const weighting of ['examples', 'uniform'] as const) {
      const policy = { weighting, examplesCap: 600 };
      expect(fedAvg.weightOf(600, policy)).toEqual({ weight: weighting === 'uniform' ? 1 : 600 });
      expect(fedAvg.weightOf(601, policy)).toEqual({ refused: 'examples-over-cap' });
      for (const examples of [0, -5, 1.5, NaN]) expect(fedAvg.weightOf(examples, policy)).toEqual({ refused: 'examples-invalid' });
    }
  });

  it('refuses a weight over the cap before folding, even within A_max', () => {
    const combiner = round({ weighting: 'examples', examplesCap: 400 }, updates);
    expect(() => combiner.fold({ key: 'c', deltas: delta(0, 0), weight: 401 })).toThrow(expect.objectContaining({ code: 'weight-over-cap' }));
    expect(combiner.denominator).toBe(400);
  });

  it('reaches A_max exactly when every invited contributor declares the cap', () => {
    expect(fedAvg.largestWeightSum(7, { weighting: 'examples', examplesCap: 600 })).toBe(4200);
    expect(fedAvg.largestWeightSum(7, { weighting: 'uniform', examplesCap: 600 })).toBe(7);
    const full = updates.map((update) => ({ ...update, examples: 600 }));
    expect(round({ weighting: 'examples', examplesCap: 600 }, full).denominator).toBe(1200);
  });

  it('names itself and its parameters', () => {
    expect(fedAvg.name).toBe('fedavg');
    expect(fedAvg.parameters({ weighting: 'uniform', examplesCap: 600 })).toEqual({ weighting: 'uniform', examplesCap: '600' });
    expect(fedAvg.clientTerms({ weighting: 'uniform', examplesCap: 600 })).toEqual({});
  });
});
