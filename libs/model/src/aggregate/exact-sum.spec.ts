import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../model-error.js';
import { dyadic, referenceModel, referenceSums, type Update } from './big-int-reference.testing.js';
import { ExactSum } from './exact-sum.js';
import { ExactSumReference } from './exact-sum-reference.js';
import { gridFor, type Grid } from './grid.js';
import { mutants, shiftedGrid } from './mutants.testing.js';
import { batteryVectors, findFaults, hexOf } from './sum-battery.testing.js';
import { TILE } from './kernel-memory.js';

const ORDERS = 50;

const drivers: [string, (length: number, grid: Grid) => ExactSum][] = [
  ['WebAssembly', (length, grid) => new ExactSum(length, grid)],
  ['plain TypeScript', (length, grid) => new ExactSumReference(length, grid)],
];

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe.each(drivers)('exact sum in %s', (_, create) => {
  it('gives one model over 50 arrival orders and shardings, equal to whole-number arithmetic', () => {
    expect([...findFaults(create, ORDERS)]).toEqual([]);
  });

  it('leaves the sums of whole-number arithmetic, element by element', () => {
    for (const { grid, base, updates } of batteryVectors()) {
      const sum = create(base.length, grid);
      for (const { delta, weight } of updates) sum.fold(delta, weight);
      expect([...sum.sums()].map(BigInt)).toEqual(referenceSums(base.length, updates, grid));
    }
  });

  it('is undone by remove, whatever was folded between', () => {
    for (const { grid, base, updates } of batteryVectors()) {
      const [leaver, ...stayers] = updates;
      const sum = create(base.length, grid);
      const without = create(base.length, grid);
      sum.fold(leaver!.delta, leaver!.weight);
      for (const { delta, weight } of stayers) sum.fold(delta, weight);
      for (const { delta, weight } of stayers) without.fold(delta, weight);
      sum.remove(leaver!.delta, leaver!.weight);
      expect(sum.totalWeight).toBe(without.totalWeight);
      // Object.is tells −0 from +0, so this is equality of bytes.
      expect(sum.sums().every((value, i) => Object.is(value, without.sums()[i]))).toBe(true);
    }
  });

  it('leaves the bits of a base that no update moves, −0 and subnormals included', () => {
    const base = Float32Array.from([0, -0, 2 ** -149, -(2 ** -149), 3.4028234663852886e38, -1.5, 0.1, 7, -0]);
    const sum = create(base.length, gridFor({ bound: 8, aMax: 100 }));
    sum.fold(Float32Array.from(base, (_, i) => (i % 2 === 0 ? 0 : -0)), 3);
    sum.fold(new Float32Array(base.length).fill(-0), 4);
    expect(hexOf(sum.finish(base, 7))).toBe(hexOf(base));
  });

  it('refuses NaN, infinity and |Δ| over the bound before anything is folded, in whichever tile they stand', () => {
    const grid = gridFor({ bound: 8, aMax: 100 });
    const good = Float32Array.from({ length: 2 * TILE + 5 }, (_, i) => ((i % 1601) - 800) / 101);
    const sum = create(good.length, grid);
    sum.fold(good, 7);
    const before = sum.sums();
    const nextAbove8 = 8 + 2 ** -20;
    for (const at of [0, 3, TILE - 1, TILE, 2 * TILE, good.length - 1]) {
      for (const [value, code] of [
        [NaN, 'non-finite'], [Infinity, 'non-finite'], [-Infinity, 'non-finite'], [nextAbove8, 'out-of-bound'], [-nextAbove8, 'out-of-bound'],
      ] as const) {
        const bad = good.slice();
        bad[at] = value;
        expect(codeOf(() => sum.fold(bad, 5))).toBe(code);
        expect(codeOf(() => sum.remove(bad, 5))).toBe(code);
        expect(sum.totalWeight).toBe(7);
      }
    }
    expect(sum.sums()).toEqual(before);
  });

  it('refuses weights and denominators that are no positive whole numbers, and sums over A_max', () => {
    const sum = create(3, gridFor({ bound: 8, aMax: 10 }));
    const delta = Float32Array.from([1, 2, 3]);
    for (const weight of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) expect(codeOf(() => sum.fold(delta, weight))).toBe('weight-invalid');
    expect(codeOf(() => sum.fold(delta, 11))).toBe('weights-over-limit');
    sum.fold(delta, 6);
    expect(codeOf(() => sum.fold(delta, 5))).toBe('weights-over-limit');
    expect(codeOf(() => sum.remove(delta, 7))).toBe('weight-not-folded');
    for (const denominator of [0, -3, 0.5, NaN]) expect(codeOf(() => sum.finish(delta, denominator))).toBe('denominator-invalid');
    expect([...sum.sums()]).toEqual([...referenceSums(3, [{ delta, weight: 6 }], sum.grid)].map(Number));
  });

  it('refuses other lengths and other grids', () => {
    const grid = gridFor({ bound: 8, aMax: 10 });
    const sum = create(3, grid);
    expect(codeOf(() => sum.fold(new Float32Array(4), 1))).toBe('length-mismatch');
    expect(codeOf(() => sum.remove(new Float32Array(2), 1))).toBe('length-mismatch');
    expect(codeOf(() => sum.finish(new Float32Array(2), 1))).toBe('length-mismatch');
    expect(codeOf(() => sum.merge(create(4, grid)))).toBe('length-mismatch');
    expect(codeOf(() => sum.merge(create(3, gridFor({ bound: 4, aMax: 20 }))))).toBe('grid-mismatch');
    const heavy = create(3, grid);
    heavy.fold(new Float32Array(3), 10);
    sum.fold(new Float32Array(3), 1);
    expect(codeOf(() => sum.merge(heavy))).toBe('weights-over-limit');
  });

  it('equals whole-number arithmetic on any updates within the bound', () => {
    fc.assert(
      fc.property(anyRound, ({ base, updates, denominator, grid }) => {
        const sum = create(base.length, grid);
        for (const { delta, weight } of updates) sum.fold(delta, weight);
        expect(hexOf(sum.finish(base, denominator))).toBe(hexOf(referenceModel(base, updates, denominator, grid)));
      }),
      { numRuns: 150 },
    );
  });
});

/** Float32 of every magnitude up to the bound: uniform over bit patterns, so subnormals and both zeros are common. */
const anyDelta = (bound: number) => fc.float({ min: -bound, max: bound, noNaN: true });

const anyRound = fc
  .record({ boundLog2: fc.integer({ min: 0, max: 20 }), length: fc.integer({ min: 1, max: 40 }), weightBits: fc.integer({ min: 1, max: 31 }) })
  .chain(({ boundLog2, length, weightBits }) => {
    const bound = 2 ** boundLog2;
    const array = fc.array(anyDelta(bound), { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));
    return fc
      .record({
        base: array,
        updates: fc.array(fc.record({ delta: array, weight: fc.integer({ min: 1, max: 2 ** weightBits }) }), { minLength: 1, maxLength: 6 }),
        slack: fc.integer({ min: 0, max: 1000 }),
      })
      .map(({ base, updates, slack }) => {
        const denominator = updates.reduce((sum, { weight }) => sum + weight, 0);
        return { base, updates, denominator, grid: gridFor({ bound, aMax: denominator + slack }) };
      });
  });

describe('the battery', () => {
  it('passes a correct sum built as the mutants are', () => {
    expect([...findFaults(mutants.none, ORDERS)]).toEqual([]);
  });

  it('catches a naive float64 sum: its bytes depend on the order', () => {
    const faults = findFaults(mutants.naiveFloat64, ORDERS);
    expect(faults).toContain('cancelling: order');
    expect(faults).toContain('cancelling: reference');
  });

  it('catches truncation', () => {
    expect(findFaults(mutants.truncation, ORDERS)).toContain('edge: reference');
  });

  it('catches Math.round, which takes ties upwards', () => {
    expect(findFaults(mutants.mathRound, ORDERS)).toContain('edge: reference');
  });

  it('catches an s that is 4 too large: sums leave the range of exact integers', () => {
    expect(findFaults(mutants.fineGrid, ORDERS)).toContain('cancelling: order');
    // Not merely a finer grid than the sealed one: it is wrong by its own grid's arithmetic too.
    const shifted = batteryVectors().map((vector) => ({ ...vector, grid: shiftedGrid(vector.grid) }));
    expect(findFaults((length, grid) => new ExactSumReference(length, grid), ORDERS, shifted)).toContain('cancelling: reference');
  });
});

describe('the exact sum’s error', () => {
  it('stays within K·2^-s/A + 2^-51·max(|base|, |E|) and half an ulp of the exact mean', () => {
    fc.assert(
      fc.property(anyRound, ({ base, updates, denominator, grid }) => {
        fc.pre(updates.every(({ weight }) => weight <= 2 ** 29));
        const sum = new ExactSum(base.length, grid);
        for (const { delta, weight } of updates) sum.fold(delta, weight);
        const model = sum.finish(base, denominator);
        for (let i = 0; i < base.length; i++) expectWithinBound(base[i]!, updates, i, denominator, grid, model[i]!);
      }),
      { numRuns: 60 },
    );
  });
});

/** All terms on the common denominator D · 2^1200, in whole numbers. */
function expectWithinBound(base: number, updates: readonly Update[], i: number, denominator: number, grid: Grid, actual: number): void {
  const scale = 1200;
  const whole = (value: number) => {
    const { n, e } = dyadic(value);
    return n << BigInt(e + scale);
  };
  const d = BigInt(denominator);
  const magnitude = (n: bigint) => (n < 0n ? -n : n);
  const mean = updates.reduce((sum, { delta, weight }) => sum + whole(delta[i]!) * BigInt(weight), 0n);
  const exact = whole(base) * d + mean;
  const larger = magnitude(exact) > magnitude(whole(base) * d) ? magnitude(exact) : magnitude(whole(base) * d);
  const ulp = Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(Math.abs(actual) || 2 ** -149)) - 23));
  const allowed = (BigInt(updates.length) << BigInt(scale - grid.s)) + (larger >> 51n) + (whole(ulp) * d) / 2n + 1n;
  expect(magnitude(whole(actual) * d - exact) <= allowed).toBe(true);
}
