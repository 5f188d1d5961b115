import { describe, expect, it } from 'vitest';
import { fedAdagrad } from './fedadagrad.js';
import { fedAdam } from './fedadam.js';
import { fedAvgM } from './fedavgm.js';
import { fedProx } from './fedprox.js';
import { fedYogi } from './fedyogi.js';
import { closeRound, delta, tensor } from './strategy-scene.testing.js';
import type { Strategy } from './strategy.js';

const policy = { weighting: 'examples', examplesCap: 1000 } as const;

/** Rounds with one weight and these means; each round's weight and state, read as plain numbers. */
async function play(strategy: Strategy, means: readonly number[]) {
  let base = [tensor('w', 0)];
  let state = strategy.initialState(base);
  const seen: { w: number; state: Record<string, number> }[] = [];
  for (const mean of means) {
    // Two contributors whose weighted mean it is: (1 · (mean + 3) + 3 · (mean − 1)) / 4.
    const updates = [
      { key: 'a', examples: 1, deltas: [delta('w', mean + 3)] },
      { key: 'b', examples: 3, deltas: [delta('w', mean - 1)] },
    ];
    const result = await closeRound(strategy, base, updates, state);
    base = result.model;
    state = result.state;
    seen.push({ w: base[0]!.data[0]!, state: Object.fromEntries(state.map(({ name, data }) => [name, data[0]!])) });
  }
  return seen;
}

describe('fedProx', () => {
  it('averages as FedAvg does and tells contributors μ', async () => {
    const strategy = fedProx({ name: 'fedprox', mu: 0.01 }, policy);
    expect(strategy.clientTerms).toEqual({ proximalMu: '0.01' });
    expect(strategy.parameters).toEqual({ weighting: 'examples', examplesCap: '1000', mu: '0.01' });
    expect(await play(strategy, [1, -2])).toEqual([{ w: 1, state: {} }, { w: -1, state: {} }]);
  });
});

describe('fedAvgM', () => {
  it('v ← βv + Δ̄, w ← w + ηv', async () => {
    const rounds = await play(fedAvgM({ name: 'fedavgm', eta: 2, beta: 0.5 }, policy), [1, 1, -2]);
    // v = 1, 0.5 + 1 = 1.5, 0.75 − 2 = −1.25;  w = 0 + 2·1, 2 + 2·1.5, 5 − 2·1.25
    expect(rounds).toEqual([
      { w: 2, state: { 'v.w': 1 } },
      { w: 5, state: { 'v.w': 1.5 } },
      { w: 2.5, state: { 'v.w': -1.25 } },
    ]);
  });
});

describe('fedAdagrad', () => {
  it('v ← v + Δ̄², w ← w + η·m / (√v + τ), from v = τ²', async () => {
    const rounds = await play(fedAdagrad({ name: 'fedadagrad', eta: 3, beta1: 0, tau: 1 }, policy), [0.75, 3]);
    // v = 1 + 0.5625 = 1.25²;      w = 0 + 3·0.75 / (1.25 + 1) = 1
    // v = 1.5625 + 9 = 3.25²;      w = 1 + 3·3 / (3.25 + 1) = 1 + 9/4.25
    expect(rounds).toEqual([
      { w: 1, state: { 'm.w': 0.75, 'v.w': 1.5625 } },
      { w: Math.fround(1 + 9 / 4.25), state: { 'm.w': 3, 'v.w': 10.5625 } },
    ]);
  });

  it('takes momentum where it is asked for', async () => {
    const [round] = await play(fedAdagrad({ name: 'fedadagrad', eta: 3, beta1: 0.5, tau: 1 }, policy), [0.75]);
    // m = 0.5·0 + 0.5·0.75;  w = 3·0.375 / 2.25
    expect(round).toEqual({ w: 0.5, state: { 'm.w': 0.375, 'v.w': 1.5625 } });
  });
});

describe('fedAdam', () => {
  it('m ← β1·m + (1 − β1)·Δ̄, v ← β2·v + (1 − β2)·Δ̄², without correction of bias', async () => {
    const rounds = await play(fedAdam({ name: 'fedadam', eta: 3, beta1: 0.5, beta2: 0.5, tau: 1 }, policy), [5, 5]);
    // m = 2.5;  v = 0.5·1 + 0.5·25 = 13;              w = 3·2.5 / (√13 + 1) = 1.62847
    // m = 1.25 + 2.5 = 3.75;  v = 6.5 + 12.5 = 19;    w += 3·3.75 / (√19 + 1) = 2.09931
    const first = Math.fround(7.5 / (Math.sqrt(13) + 1));
    expect(rounds).toEqual([
      { w: first, state: { 'm.w': 2.5, 'v.w': 13 } },
      { w: Math.fround(first + 11.25 / (Math.sqrt(19) + 1)), state: { 'm.w': 3.75, 'v.w': 19 } },
    ]);
    expect(rounds[0]!.w).toBeCloseTo(1.62847, 5);
  });
});

describe('fedYogi', () => {
  it('moves v by (1 − β2)·Δ̄² towards Δ̄², up and down', async () => {
    const rounds = await play(fedYogi({ name: 'fedyogi', eta: 3, beta1: 0.5, beta2: 0.75, tau: 1 }, policy), [1.5, 0.5]);
    // Δ̄² = 2.25 > v = 1:       v = 1 + 0.25·2.25 = 1.25²;      m = 0.75;             w = 3·0.75 / (1.25 + 1) = 1
    // Δ̄² = 0.25 < v = 1.5625:  v = 1.5625 − 0.25·0.25 = 1.5;   m = 0.375 + 0.25;     w = 1 + 3·0.625 / (√1.5 + 1)
    expect(rounds).toEqual([
      { w: 1, state: { 'm.w': 0.75, 'v.w': 1.5625 } },
      { w: Math.fround(1 + 1.875 / (Math.sqrt(1.5) + 1)), state: { 'm.w': 0.625, 'v.w': 1.5 } },
    ]);
    expect(rounds[1]!.w).toBeCloseTo(1.842793, 6);
  });

  it('leaves v where it equals Δ̄²', async () => {
    const [round] = await play(fedYogi({ name: 'fedyogi', eta: 1, beta1: 0, beta2: 0.5, tau: 1 }, policy), [1]);
    // sign(1 − 1) = 0;  w = 1 / (1 + 1)
    expect(round).toEqual({ w: 0.5, state: { 'm.w': 1, 'v.w': 1 } });
  });
});

describe('a server optimiser', () => {
  const strategy = fedAdam({ name: 'fedadam', eta: 1, beta1: 0.9, beta2: 0.99, tau: 0.001 }, policy);

  it('begins with m = 0 and v = τ², in the shapes of the model’s trainable tensors', () => {
    const state = strategy.initialState([{ name: 'k', shape: [2, 3] }, { name: 'mean', shape: [3], role: 'buffer' }]);
    expect(state.map(({ name, shape }) => [name, shape])).toEqual([['m.k', [2, 3]], ['v.k', [2, 3]]]);
    expect([...state[0]!.data]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(state[1]!.data[5]).toBe(Math.fround(0.001 * 0.001));
  });

  it('gives buffers the plain mean', async () => {
    const base = [tensor('w', 1), { ...tensor('b', 1, -0), role: 'buffer' as const }];
    const updates = [{ key: 'a', deltas: [delta('w', 1), delta('b', 4, 0)] }, { key: 'b', deltas: [delta('w', 1), delta('b', 0, 0)] }];
    const { model, state } = await closeRound(strategy, base, updates);
    expect(model[1]!.data).toEqual(Float32Array.of(3, -0));
    expect(model[0]!.data[0]).not.toBe(2);
    expect(state.map(({ name }) => name)).toEqual(['m.w', 'v.w']);
  });

  it('keeps the bits of a weight that nobody moved', async () => {
    const { model } = await closeRound(strategy, [tensor('w', -0, 1)], [{ key: 'a', deltas: [delta('w', 0, 0)] }]);
    expect(model[0]!.data).toEqual(Float32Array.of(-0, 1));
  });

  it('does not touch the state it was given', async () => {
    const base = [tensor('w', 1)];
    const state = strategy.initialState(base);
    const before = state.map(({ data }) => data.slice());
    await closeRound(strategy, base, [{ key: 'a', deltas: [delta('w', 3)] }], state);
    expect(state.map(({ data }) => data)).toEqual(before);
  });

  it.each([
    ['none', []],
    ['of another shape', [tensor('m.w', 0, 0), tensor('v.w', 0, 0)]],
    ['of another strategy', [tensor('v.w', 0)]],
    ['with more in it', [tensor('m.w', 0), tensor('v.w', 0), tensor('x.w', 0)]],
  ])('refuses a state that is %s', (_, state) => {
    expect(() => strategy.begin({ model: [tensor('w', 1)], grid: { aMax: 1, bound: 8 }, state })).toThrow(expect.objectContaining({ code: 'state-mismatch' }));
  });
});
