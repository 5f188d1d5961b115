import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChainError } from '../chain-error.js';
import { difficultyFor, hashBound, meetsTarget, work } from './target.js';

const MIN_M = 2 ** 31;
const MAX_M = 2 ** 32 - 1;
const difficulty = fc.record({ k: fc.integer({ min: 0, max: 224 }), m: fc.integer({ min: MIN_M, max: MAX_M }) });

/** @returns 32 bytes, big-endian. */
function hashOf(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
}

function ruleOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ChainError) return error.rule;
    throw error;
  }
  return 'accepted';
}

describe('meetsTarget', () => {
  it.each([
    [0, MIN_M], [0, MAX_M], [1, MIN_M], [1, 0x80000001], [8, 0xdeadbeef], [31, 0x80000001], [33, MAX_M], [200, 0xc0ffee00],
    [223, MAX_M], [224, MIN_M], [224, MAX_M],
  ])('draws the line at 2^k · hash = m · 2^224 exactly (k = %i, m = %i)', (k, m) => {
    const bound = (BigInt(m) << 224n) >> BigInt(k);
    expect(meetsTarget(hashOf(bound - 1n), k, m)).toBe(true);
    expect(meetsTarget(hashOf(bound), k, m)).toBe(false);
    expect(meetsTarget(hashOf(bound + 1n), k, m)).toBe(false);
    expect(meetsTarget(hashOf(0n), k, m)).toBe(true);
    expect(hashBound(k, m)).toBe(bound);
  });

  it('reads the hash as a big-endian integer', () => {
    const littleOne = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
    const bigOne = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0));
    expect(meetsTarget(littleOne, 200, MIN_M)).toBe(false);
    expect(meetsTarget(bigOne, 200, MIN_M)).toBe(true);
  });

  it('takes 32 bytes only', () => {
    expect(ruleOf(() => meetsTarget(new Uint8Array(31), 0, MIN_M))).toBe('pow.hash-length');
    expect(ruleOf(() => meetsTarget(new Uint8Array(33), 0, MIN_M))).toBe('pow.hash-length');
  });
});

describe('k and m', () => {
  it.each([[-1], [225], [0.5], [Number.NaN], [256]])('refuses k = %d', (k) => {
    expect(ruleOf(() => meetsTarget(new Uint8Array(32), k, MIN_M))).toBe('header.k');
    expect(ruleOf(() => work(k, MIN_M))).toBe('header.k');
  });

  it.each([[0], [MIN_M - 1], [MAX_M + 1], [MIN_M + 0.5], [-MIN_M], [Number.NaN]])('refuses m = %d', (m) => {
    expect(ruleOf(() => meetsTarget(new Uint8Array(32), 0, m))).toBe('header.m');
    expect(ruleOf(() => work(0, m))).toBe('header.m');
  });
});

describe('work', () => {
  it.each([
    [0, MIN_M, 2n], [0, MAX_M, 1n], [1, MIN_M, 4n], [1, 0xc0000000, 2n], [2, 0xaaaaaaaa, 6n], [22, MIN_M, 2n ** 23n],
    [224, MIN_M, 2n ** 225n],
  ])('is ⌊2^(32+k) / m⌋ (k = %i, m = %i)', (k, m, tries) => expect(work(k, m)).toBe(tries));
});

describe('difficultyFor', () => {
  it.each([
    [1n, 0, MAX_M], [2n, 1, MAX_M], [3n, 1, 2863311530], [4n, 2, MAX_M], [5n, 2, 3435973836], [2n ** 24n, 24, MAX_M],
    [2n ** 24n - 1n, 23, 2147483776],
  ])('gives %i expected tries k = %i, m = %i', (tries, k, m) => expect(difficultyFor(tries)).toEqual({ k, m }));

  it('gives a spelling that every header accepts, whose work is E or, by m\'s 32 bits, a little more', () => {
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: 2n ** 225n - 1n }), (tries) => {
      const { k, m } = difficultyFor(tries);
      const got = work(k, m);
      expect(got >= tries).toBe(true);
      expect((got - tries) << 31n <= tries).toBe(true);
    }));
  });

  it('moves no further once it has been applied', () => {
    fc.assert(fc.property(difficulty, ({ k, m }) => {
      fc.pre(work(k, m) < 2n ** 225n);
      const once = difficultyFor(work(k, m));
      fc.pre(work(once.k, once.m) < 2n ** 225n);
      const twice = difficultyFor(work(once.k, once.m));
      const difference = work(twice.k, twice.m) - work(once.k, once.m);
      expect(difference << 31n <= work(once.k, once.m)).toBe(true);
    }));
  });

  it.each([[0n], [-1n], [2n ** 225n]])('refuses %i', (tries) => {
    expect(ruleOf(() => difficultyFor(tries))).toBe('pow.expected-tries');
  });
});
