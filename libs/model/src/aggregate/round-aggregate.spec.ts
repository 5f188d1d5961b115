import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { ModelError } from '../model-error.js';
import type { Tensor } from '../tensors.js';
import { referenceModel } from './big-int-reference.testing.js';
import { gridFor } from './grid.js';
import { PlainAccumulators } from './plain-accumulators.js';
import { aggregateRound, RoundAggregate, type AggregateRule, type WeightedUpdate } from './round-aggregate.js';
import { centred, hexOf, shuffled } from './sum-battery.testing.js';

const shapes = [
  { name: 'conv2d.kernel', shape: [3, 3, 1, 5] },
  { name: 'conv2d.bias', shape: [5] },
  { name: 'norm.mean', shape: [7] },
  { name: 'scale', shape: [] },
];
/** Buffers have a bound of their own, so the tensors of one model lie on different grids. */
const rule: AggregateRule = { aMax: 5000, bound: (name) => (name === 'norm.mean' ? 2 ** 20 : 8), weightCap: 600 };

function tensors(seed: number, scale: number): Tensor[] {
  const random = Xoshiro128.fromSeed(seed);
  return shapes.map(({ name, shape }) => {
    const length = shape.reduce((product, dimension) => product * dimension, 1);
    return { name, shape, data: Float32Array.from({ length }, () => (name === 'norm.mean' ? 1000 : 1) * scale * centred(random)) };
  });
}

const base = tensors(1, 1);
const updates: WeightedUpdate[] = Array.from({ length: 8 }, (_, k) => ({
  key: `${k}`.repeat(4), weight: 1 + ((k * 167) % 600), deltas: tensors(100 + k, 0.5),
}));
const denominator = updates.reduce((sum, { weight }) => sum + weight, 0);

function modelHex(model: readonly Tensor[]): string[] {
  return model.map(({ name, data }) => `${name} ${hexOf(data)}`);
}

function replaced(update: WeightedUpdate, name: string, data: Float32Array): WeightedUpdate {
  return { ...update, deltas: update.deltas.map((tensor) => (tensor.name === name ? { ...tensor, data } : tensor)) };
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('RoundAggregate', () => {
  const expected = base.map(({ name, data }) => {
    const grid = gridFor({ bound: name === 'norm.mean' ? 2 ** 20 : 8, aMax: rule.aMax });
    const sums = updates.map(({ deltas, weight }) => ({ weight, delta: deltas.find((tensor) => tensor.name === name)!.data }));
    return `${name} ${hexOf(referenceModel(data, sums, denominator, grid))}`;
  });

  it('is the exact mean of every tensor on its own grid, by WASM and by plain TypeScript', () => {
    for (const create of [undefined, (length: number) => new PlainAccumulators(length)]) {
      const aggregate = new RoundAggregate(shapes, rule, create);
      for (const update of updates) aggregate.fold(update);
      expect(aggregate.totalWeight).toBe(denominator);
      expect(modelHex(aggregate.finish(base, denominator))).toEqual(expected);
    }
  });

  it('depends on the set of updates alone: order, order of tensors, shards, and updates that came and left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 4 }), async (seed, count) => {
        const random = Xoshiro128.fromSeed(seed);
        const shards = Array.from({ length: count }, () => new RoundAggregate(shapes, rule));
        const visitor = { key: 'visitor', weight: 99, deltas: tensors(seed, 4) };
        shards[0]!.fold(visitor);
        for (const update of shuffled(updates, random)) {
          shards[random.next() % count]!.fold({ ...update, deltas: shuffled(update.deltas, random) });
        }
        const [first, ...rest] = shards;
        for (const shard of rest) first!.merge(shard);
        first!.remove(visitor);
        expect(modelHex(first!.finish(base, denominator))).toEqual(expected);
        expect(first!.weights.map(({ key }) => key)).toEqual(updates.map(({ key }) => key).sort());
        expect(modelHex(await aggregateRound(base, shuffled(updates, random), rule, (total) => total))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('rebuilds from a stream', async () => {
    async function* stream(): AsyncGenerator<WeightedUpdate> {
      for (const update of [...updates].reverse()) yield await Promise.resolve(update);
    }
    expect(modelHex(await aggregateRound(base, stream(), rule, denominator))).toEqual(expected);
  });

  it('refuses an update whole: nothing of it is folded, whichever tensor is bad', () => {
    const aggregate = new RoundAggregate(shapes, rule);
    for (const update of updates) aggregate.fold(update);
    const next = { ...updates[0]!, key: 'next' };
    for (const { name, data } of next.deltas) {
      const nan = data.slice();
      nan[nan.length - 1] = NaN;
      const far = data.slice();
      far[0] = 2 ** 21;
      expect(codeOf(() => aggregate.fold(replaced(next, name, nan)))).toBe('non-finite');
      expect(codeOf(() => aggregate.fold(replaced(next, name, far)))).toBe('out-of-bound');
      expect(codeOf(() => aggregate.fold(replaced(next, name, data.subarray(1))))).toBe('shape-mismatch');
      expect(codeOf(() => aggregate.fold({ ...next, deltas: next.deltas.filter((tensor) => tensor.name !== name) }))).toBe('tensor-missing');
      expect(codeOf(() => aggregate.remove(replaced(updates[0]!, name, nan)))).toBe('non-finite');
    }
    expect(codeOf(() => aggregate.fold({ ...next, weight: 601 }))).toBe('weight-over-cap');
    expect(codeOf(() => aggregate.fold({ ...next, weight: 0 }))).toBe('weight-invalid');
    expect(codeOf(() => aggregate.fold({ ...next, weight: NaN }))).toBe('weight-invalid');
    expect(codeOf(() => aggregate.fold(updates[3]!))).toBe('update-duplicate');
    expect(codeOf(() => aggregate.remove(next))).toBe('update-not-folded');
    expect(codeOf(() => aggregate.remove({ ...updates[0]!, weight: 2 }))).toBe('update-not-folded');
    expect(modelHex(aggregate.finish(base, denominator))).toEqual(expected);
  });

  it('refuses to pass A_max, to merge an update twice or another model, and to finish without updates or on another base', () => {
    const aggregate = new RoundAggregate(shapes, { ...rule, aMax: 700 });
    const half = { ...updates[0]!, weight: 400 };
    expect(codeOf(() => aggregate.finish(base, 1))).toBe('aggregate-empty');
    aggregate.fold(half);
    expect(codeOf(() => aggregate.fold({ ...updates[1]!, weight: 400 }))).toBe('weights-over-limit');
    const same = new RoundAggregate(shapes, { ...rule, aMax: 700 });
    same.fold({ ...half, weight: 1 });
    expect(codeOf(() => aggregate.merge(same))).toBe('update-duplicate');
    const heavy = new RoundAggregate(shapes, { ...rule, aMax: 700 });
    heavy.fold({ ...updates[2]!, weight: 301 });
    expect(codeOf(() => aggregate.merge(heavy))).toBe('weights-over-limit');
    expect(codeOf(() => aggregate.merge(new RoundAggregate(shapes, rule)))).toBe('grid-mismatch');
    expect(codeOf(() => aggregate.merge(new RoundAggregate(shapes.slice(1), { ...rule, aMax: 700 })))).toBe('tensor-unknown');
    expect(codeOf(() => aggregate.finish(base.slice(1), 400))).toBe('tensor-missing');
    expect(codeOf(() => aggregate.finish([...base.slice(1), { ...base[1]!, name: 'other' }], 400))).toBe('tensor-missing');
    expect(codeOf(() => aggregate.finish([base[0]!, ...base], 400))).toBe('tensor-duplicate');
    expect(codeOf(() => new RoundAggregate([...shapes, shapes[0]!], rule))).toBe('tensor-duplicate');
  });

  it('refuses a model that leaves float32', () => {
    const aggregate = new RoundAggregate([{ name: 'a', shape: [1] }], { aMax: 1, bound: 2 ** 20 });
    aggregate.fold({ key: 'k', weight: 1, deltas: [{ name: 'a', shape: [1], data: Float32Array.of(1) }] });
    const edge = (value: number) => [{ name: 'a', shape: [1], data: Float32Array.of(value) }];
    expect(aggregate.finish(edge(3.4028234663852886e38), 1)[0]!.data[0]).toBe(3.4028234663852886e38);
    expect(codeOf(() => aggregate.finish(edge(Infinity), 1))).toBe('model-overflow');
  });

  it('keeps memory at one model however many updates are folded', () => {
    const length = 500_000;
    const big = [{ name: 'big', shape: [length] }];
    const deltas = [{ ...big[0]!, data: new Float32Array(length).fill(0.25) }];
    const aggregate = new RoundAggregate(big, { aMax: 1000, bound: 8 });
    aggregate.fold({ key: 'first', weight: 1, deltas });
    const before = process.memoryUsage().arrayBuffers;
    for (let k = 0; k < 200; k++) aggregate.fold({ key: `k${k}`, weight: 1, deltas });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(length);
    expect(aggregate.finish([{ ...big[0]!, data: new Float32Array(length) }], 201)[0]!.data[length - 1]).toBe(0.25);
  });
});
