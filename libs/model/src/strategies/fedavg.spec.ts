import { describe, expect, it } from 'vitest';
import { fedAvg } from './fedavg.js';
import { closeRound, delta, tensor } from './strategy-scene.testing.js';
import { sourceOf } from './update-source.js';

const base = [tensor('w', 1, -1)];
const updates = [
  { key: 'b', examples: 100, deltas: [delta('w', 1, 0)] },
  { key: 'a', examples: 300, deltas: [delta('w', -1, 4)] },
];

describe('fedAvg', () => {
  it('weighs by examples: w + Σ n_k Δ_k / Σ n_k', async () => {
    const { model, state, weights, denominator } = await closeRound(fedAvg({ weighting: 'examples', examplesCap: 1000 }), base, updates);
    // (100 · 1 + 300 · −1) / 400 = −0.5; (300 · 4) / 400 = 3
    expect([...model[0]!.data]).toEqual([0.5, 2]);
    expect(state).toEqual([]);
    expect(weights).toEqual([{ key: 'a', weight: 300 }, { key: 'b', weight: 100 }]);
    expect(denominator).toBe(400);
  });

  it('weighs all alike: w + Σ Δ_k / K, and lets an update leave again', async () => {
    const strategy = fedAvg({ weighting: 'uniform', examplesCap: 1000 });
    const both = await closeRound(strategy, base, updates);
    expect([...both.model[0]!.data]).toEqual([1, 1]);
    expect(both.denominator).toBe(2);
    const combiner = strategy.begin({ model: base, grid: { aMax: 2, bound: 8 }, state: [] });
    for (const { key, deltas } of updates) combiner.fold({ key, deltas, weight: 1 });
    combiner.remove({ key: 'a', deltas: updates[1]!.deltas, weight: 1 });
    const one = await combiner.finish(base, sourceOf(() => undefined));
    expect([...one.model[0]!.data]).toEqual([2, -1]);
    expect(one.denominator).toBe(1);
  });

  it('refuses examples over the cap or uncountable, also where they weigh nothing', () => {
    for (const weighting of ['examples', 'uniform'] as const) {
      const strategy = fedAvg({ weighting, examplesCap: 600 });
      expect(strategy.weightOf(600)).toEqual({ weight: weighting === 'uniform' ? 1 : 600 });
      expect(strategy.weightOf(601)).toEqual({ refused: 'examples-over-cap' });
      for (const examples of [0, -5, 1.5, NaN]) expect(strategy.weightOf(examples)).toEqual({ refused: 'examples-invalid' });
    }
  });

  it('refuses a weight over the cap before folding, even within A_max', async () => {
    const strategy = fedAvg({ weighting: 'examples', examplesCap: 400 });
    const combiner = strategy.begin({ model: base, grid: { aMax: 1200, bound: 8 }, state: [] });
    for (const { key, deltas, examples } of updates) combiner.fold({ key, deltas, weight: examples });
    expect(() => combiner.fold({ key: 'c', deltas: [delta('w', 0, 0)], weight: 401 })).toThrow(expect.objectContaining({ code: 'weight-over-cap' }));
    expect((await combiner.finish(base, sourceOf(() => undefined))).denominator).toBe(400);
  });

  it('reaches A_max exactly when every invited contributor declares the cap', async () => {
    expect(fedAvg({ weighting: 'examples', examplesCap: 600 }).largestWeightSum(7)).toBe(4200);
    expect(fedAvg({ weighting: 'uniform', examplesCap: 600 }).largestWeightSum(7)).toBe(7);
    const full = updates.map((update) => ({ ...update, examples: 600 }));
    expect((await closeRound(fedAvg({ weighting: 'examples', examplesCap: 600 }), base, full)).denominator).toBe(1200);
  });

  it('names itself and its parameters', () => {
    const strategy = fedAvg({ weighting: 'uniform', examplesCap: 600 });
    expect(strategy).toMatchObject({ name: 'fedavg', parameters: { weighting: 'uniform', examplesCap: '600' }, clientTerms: {}, leastUpdates: 1 });
  });
});
