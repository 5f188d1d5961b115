import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { createStrategy } from './create-strategy.js';
import { closeRound, delta, tensor } from './strategy-scene.testing.js';
import type { StrategySpec } from './strategy-spec.js';
import { sourceOf } from './update-source.js';
import { updateNorm } from './update-norm.js';

const clipping = (norm: number, strategy: StrategySpec = { name: 'fedavg' }) =>
  createStrategy({ strategy, policy: { weighting: 'uniform', examplesCap: 1000, clip: { norm } } })!;

describe('updateNorm', () => {
  it('is the L2 norm over all tensors', () => {
    expect(updateNorm([delta('a', 2, -4, 4), delta('b', 8)])).toBe(10);
    expect(updateNorm([])).toBe(0);
  });

  it('adds in eight lanes that begin anew with each tensor, tensors in order of names', () => {
    const generator = Xoshiro128.fromSeed(3);
    const values = (count: number) => Array.from({ length: count }, () => generator.next() / 2 ** 32);
    const a = delta('a', ...values(1003));
    const b = delta('b', ...values(517));
    const lanes = [0, 1, 2, 3, 4, 5, 6, 7].map((lane) => {
      let sum = 0;
      for (const { data } of [a, b]) for (let i = lane; i < data.length; i += 8) sum += data[i]! ** 2;
      return sum;
    });
    const pair = (l: number) => lanes[l]! + lanes[l + 1]!;
    expect(updateNorm([b, a])).toBe(Math.sqrt(pair(0) + pair(2) + (pair(4) + pair(6))));
    let plain = 0;
    for (const value of [...a.data, ...b.data]) plain += value ** 2;
    expect(updateNorm([a, b])).not.toBe(Math.sqrt(plain));
  });
});

describe('the clip filter', () => {
  const base = [tensor('x', 0), tensor('y', 0)];

  it('scales an update down to the norm, over all tensors together', async () => {
    const { model } = await closeRound(clipping(2.5), base, [{ key: 'a', deltas: [delta('x', 3), delta('y', 4)] }]);
    // ‖(3, 4)‖ = 5; 2.5 / 5 = 0.5
    expect(model.map(({ data }) => data[0])).toEqual([1.5, 2]);
  });

  it('keeps the bits of one that is no longer', async () => {
    const deltas = [delta('x', 0.1), delta('y', -0.7)];
    const plain = await closeRound(createStrategy({ strategy: { name: 'fedavg' }, policy: { weighting: 'uniform', examplesCap: 1000 } })!, base, [{ key: 'a', deltas }]);
    const exact = updateNorm(deltas);
    expect((await closeRound(clipping(exact), base, [{ key: 'a', deltas }])).model).toEqual(plain.model);
    expect((await closeRound(clipping(exact * 0.999), base, [{ key: 'a', deltas }])).model).not.toEqual(plain.model);
  });

  it('multiplies by one factor, C / ‖Δ‖, and rounds each product once', async () => {
    const deltas = [delta('x', 0.1), delta('y', 0.3)];
    const factor = 0.2 / Math.sqrt(Math.fround(0.1) ** 2 + Math.fround(0.3) ** 2);
    const { model } = await closeRound(clipping(0.2, { name: 'median' }), base, [{ key: 'a', deltas }]);
    expect(model.map(({ data }) => data[0])).toEqual([Math.fround(Math.fround(0.1) * factor), Math.fround(Math.fround(0.3) * factor)]);
  });

  it('stands in front of rules that read updates again', async () => {
    const strategy = clipping(1, { name: 'median' });
    const updates = [8, 0.25, 0.5].map((value, k) => ({ key: `${k}`, deltas: [delta('x', value), delta('y', 0)] }));
    // Clipped to 1, 0.25, 0.5.
    expect((await closeRound(strategy, base, updates)).model.map(({ data }) => data[0])).toEqual([0.5, 0]);
    const two = [8, 0.25].map((value, k) => ({ key: `${k}`, deltas: [delta('x', value), delta('y', 0)] }));
    expect((await closeRound(strategy, base, two)).model.map(({ data }) => data[0])).toEqual([0.625, 0]);
  });

  it('neither measures nor scales buffers', async () => {
    const model = [tensor('x', 0), { ...tensor('b', 0), role: 'buffer' as const }];
    for (const name of ['fedavg', 'median'] as const) {
      const result = await closeRound(clipping(1, { name }), model, [{ key: 'a', deltas: [delta('x', 4), delta('b', 6)] }]);
      expect(result.model.map(({ data }) => data[0])).toEqual([1, 6]);
    }
  });

  it('lets nothing pass that is out of bound or not finite', () => {
    const combiner = clipping(1).begin({ model: base, grid: { aMax: 2, bound: 8 }, state: [] });
    for (const [value, code] of [[9, 'out-of-bound'], [Infinity, 'non-finite']] as const) {
      expect(() => combiner.fold({ key: 'a', weight: 1, deltas: [delta('x', value), delta('y', 0)] })).toThrow(expect.objectContaining({ code }));
    }
    expect(() => combiner.fold({ key: 'a', weight: 1, deltas: [delta('x', 1)] })).toThrow(expect.objectContaining({ code: 'tensor-missing' }));
  });

  it('takes out exactly what it put in', async () => {
    const combiner = clipping(1).begin({ model: base, grid: { aMax: 2, bound: 8 }, state: [] });
    const long = { key: 'a', weight: 1, deltas: [delta('x', 3), delta('y', 4)] };
    combiner.fold(long);
    combiner.fold({ key: 'b', weight: 1, deltas: [delta('x', 0.5), delta('y', 0.25)] });
    combiner.remove(long);
    expect((await combiner.finish(base, sourceOf(() => undefined))).model.map(({ data }) => data[0])).toEqual([0.5, 0.25]);
  });

  it('is sealed with the strategy', () => {
    expect(clipping(0.5, { name: 'krum', f: 1 }).parameters).toEqual({ weighting: 'uniform', examplesCap: '1000', f: '1', clipNorm: '0.5' });
    for (const norm of [0, -1, NaN, 1e10]) expect(() => clipping(norm)).toThrow(expect.objectContaining({ code: 'strategy-parameter' }));
  });
});
