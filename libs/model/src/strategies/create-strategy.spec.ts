import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { decodeSafetensors } from '../safetensors/decode-safetensors.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';
import type { Tensor } from '../tensors.js';
import { createStrategy } from './create-strategy.js';
import { decimalText } from './parameters.js';
import { closeRound } from './strategy-scene.testing.js';
import type { StrategySpec } from './strategy-spec.js';
import { stretches, sourceOf } from './update-source.js';

const SPECS: StrategySpec[] = [
  { name: 'fedavg' },
  { name: 'fedprox', mu: 0.01 },
  { name: 'fedavgm', eta: 1, beta: 0.9 },
  { name: 'fedadagrad', eta: 0.1, beta1: 0, tau: 0.001 },
  { name: 'fedadam', eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 },
  { name: 'fedyogi', eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 },
  { name: 'median' },
  { name: 'trimmed-mean', trim: 2 },
  { name: 'krum', f: 2 },
  { name: 'multi-krum', f: 2, m: 4 },
];
const policy = { weighting: 'examples', examplesCap: 1000 } as const;
const CASES = SPECS.flatMap((strategy) => [
  { title: strategy.name, plan: { strategy, policy } },
  { title: `${strategy.name}, clipped`, plan: { strategy, policy: { ...policy, clip: { norm: 0.5 } } } },
]);

/** Two tensors, the second longer than a tile of distances. */
const SHAPES = [{ name: 'b', shape: [5] }, { name: 'a', shape: [2, 600] }];

function random(seed: number, scale: number): Tensor[] {
  const generator = Xoshiro128.fromSeed(seed);
  return SHAPES.map(({ name, shape }) => ({
    name, shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (generator.next() / 2 ** 31 - 1) * scale),
  }));
}

const base = random(1, 1);
const updates = Array.from({ length: 9 }, (_, k) => ({ key: `key-${k}`, examples: 1 + 7 * k, deltas: random(2 + k, k === 4 ? 3 : 0.02) }));
const bytesOf = ({ model, state }: { model: readonly Tensor[]; state: readonly Tensor[] }) =>
  [encodeSafetensors(model), ...(state.length === 0 ? [] : [encodeSafetensors(state)])].map((file) => Buffer.from(file).toString('base64'));

describe.each(CASES)('$title', ({ plan }) => {
  const strategy = createStrategy(plan)!;

  it('gives the same bytes whatever the order of arrival, also when one came and left', async () => {
    const expected = await closeRound(strategy, base, updates);
    expect(expected.model.some(({ data }, t) => data.some((value, i) => value !== base[t]!.data[i]))).toBe(true);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(updates, { minLength: updates.length }), async (shuffled) => {
        const result = await closeRound(strategy, base, shuffled, undefined, [{ key: 'x', deltas: random(99, 2) }]);
        expect(result.weights).toEqual(expected.weights);
        expect(result.denominator).toBe(expected.denominator);
        expect(bytesOf(result)).toEqual(bytesOf(expected));
      }),
      { numRuns: 5 },
    );
  });

  it('goes on from a state that was written and read again, to the same bytes', async () => {
    const first = await closeRound(strategy, base, updates);
    const direct = await closeRound(strategy, first.model, updates, first.state);
    const state = first.state.length === 0 ? [] : decodeSafetensors(encodeSafetensors(first.state));
    const read = await closeRound(strategy, decodeSafetensors(encodeSafetensors(first.model)), updates, state);
    expect(bytesOf({ model: read.model, state: read.state })).toEqual(bytesOf(direct));
  });

  it('seals a denominator that is the sum of the sealed weights, in the order of keys', async () => {
    const { weights, denominator } = await closeRound(strategy, base, updates);
    expect(weights.map(({ key }) => key)).toEqual(updates.map(({ key }) => key));
    expect(denominator).toBe(weights.reduce((sum, { weight }) => sum + weight, 0));
    expect(denominator).toBeLessThanOrEqual(strategy.largestWeightSum(updates.length));
  });
});

describe('createStrategy', () => {
  it('knows no other names', () => {
    expect(createStrategy({ strategy: { name: 'fedbest' } as unknown as StrategySpec, policy })).toBeUndefined();
  });

  it.each([
    [{ name: 'fedprox', mu: -1 }], [{ name: 'fedprox' }], [{ name: 'fedavgm', eta: 0, beta: 0.9 }], [{ name: 'fedavgm', eta: 1, beta: 1 }],
    [{ name: 'fedadam', eta: 1, beta1: 0.9, beta2: 0.99, tau: 0 }], [{ name: 'fedadam', eta: '1', beta1: 0.9, beta2: 0.99, tau: 1 }],
    [{ name: 'trimmed-mean', trim: 0 }], [{ name: 'krum', f: 1.5 }], [{ name: 'multi-krum', f: 1, m: Number.NaN }],
  ])('refuses %j', (spec) => {
    expect(() => createStrategy({ strategy: spec as StrategySpec, policy })).toThrow(expect.objectContaining({ code: 'strategy-parameter' }));
  });
});

describe('decimalText', () => {
  it.each([
    [0, '0'], [1, '1'], [0.1, '0.1'], [1e-7, '0.0000001'], [1.25e-9, '0.00000000125'], [123e20, '12300000000000000000000'], [-1.5e-8, '-0.000000015'],
  ])('writes %d without an exponent', (value, text) => {
    expect(decimalText(value)).toBe(text);
  });

  it('reads back as the same number', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0), (value) => {
      expect(decimalText(value)).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
      expect(Number(decimalText(value))).toBe(value);
    }));
  });
});

describe('stretches', () => {
  it('gives every element of every update once, in tiles, within its budget', async () => {
    const tensors = new Map(['p', 'q', 'r'].map((key, k) => [key, [{ name: 'w', shape: [50], data: Float32Array.from({ length: 50 }, (_, i) => 100 * k + i) }]]));
    const seen: number[][] = [[], [], []];
    const lengths: number[] = [];
    for await (const { start, rows } of stretches(sourceOf((key) => tensors.get(key)), [...tensors.keys()], { name: 'w', shape: [50] }, 4, 200)) {
      expect(start).toBe(seen[0]!.length);
      lengths.push(rows[0]!.length);
      rows.forEach((row, k) => seen[k]!.push(...row));
    }
    // 200 bytes hold 16 elements of three updates: four tiles of four.
    expect(lengths).toEqual([16, 16, 16, 2]);
    expect(seen).toEqual([...tensors.values()].map(([tensor]) => [...tensor!.data]));
  });

  it('fails when an update lacks the tensor', async () => {
    const reading = sourceOf(() => []).read('p', 'w', 0, new Float32Array(1));
    await expect(async () => reading).rejects.toMatchObject({ code: 'update-missing' });
  });
});
