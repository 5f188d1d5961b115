import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDifficulty } from './retarget.js';
import type { MeasuredHeader, ProofOfWorkRules } from './retarget.js';
import { seededRandom } from './simulation/seeded-random.js';
import { difficultyFor, work } from './target.js';
import type { Difficulty } from './target.js';

const rules: ProofOfWorkRules = { sigmaPpm: 8000, window: 32, floor: '1000', start: { k: 21, m: 0xc0000000 } };
const START_MS = 1_700_000_000_000;

interface Block {
  /** From the previous block's start, ms. */
  readonly gapMs: number;
  readonly searchMs: number;
  readonly tries: bigint;
  readonly rounds?: number;
}

/** Genesis and one header for each block. */
function chainOf(blocks: readonly Block[]): MeasuredHeader[] {
  const chain: MeasuredHeader[] = [{ height: 0, sealStartMs: START_MS, timestampMs: START_MS + 77, rounds: 0, ...rules.start }];
  let sealStartMs = START_MS;
  for (const { gapMs, searchMs, tries, rounds = 1 } of blocks) {
    sealStartMs += gapMs;
    chain.push({ height: chain.length, sealStartMs, timestampMs: sealStartMs + searchMs, rounds, ...difficultyFor(tries) });
  }
  return chain;
}

const repeat = (count: number, block: Block): Block[] => new Array<Block>(count).fill(block);
const next = (chain: readonly MeasuredHeader[], changed: Partial<ProofOfWorkRules> = {}): Difficulty =>
  nextDifficulty({ ...rules, ...changed }, chain, chain.length);
const nextTries = (blocks: readonly Block[], changed: Partial<ProofOfWorkRules> = {}): bigint => {
  const { k, m } = next(chainOf(blocks), changed);
  return work(k, m);
};

describe('nextDifficulty', () => {
  it('is the start value until two blocks beside genesis are there', () => {
    const block = { gapMs: 30_000, searchMs: 5, tries: 9_999n };
    expect(next(chainOf([]))).toEqual(rules.start);
    expect(next(chainOf([block]))).toEqual(rules.start);
    expect(next(chainOf([block, block]))).not.toEqual(rules.start);
  });

  it('stays when a search takes σ of the gap: 30 s · 8000 ppm = 240 ms', () => {
    expect(nextTries(repeat(4, { gapMs: 30_000, searchMs: 240, tries: 1_000_000n }))).toBe(1_000_000n);
  });

  it('takes ⌊Σ work · τ / t⌋ over blocks that differ', () => {
    // gaps 10 s, 40 s, 20 s between the starts: lower median of (40, 20, 30) is 30 s, so τ = 240 ms.
    const blocks = [
      { gapMs: 10_000, searchMs: 100, tries: 1_000_001n },
      { gapMs: 40_000, searchMs: 333, tries: 2_000_003n },
      { gapMs: 20_000, searchMs: 257, tries: 1_500_007n },
      { gapMs: 30_000, searchMs: 211, tries: 1_200_011n },
    ];
    expect(nextTries(blocks)).toBe((5_700_022n * 240n) / 901n);
  });

  it('takes the lower of two middle gaps', () => {
    const blocks = [
      { gapMs: 1_000, searchMs: 240, tries: 1_000_000n },
      { gapMs: 30_000, searchMs: 240, tries: 1_000_000n },
      { gapMs: 45_000, searchMs: 240, tries: 1_000_000n },
    ];
    expect(nextTries(blocks)).toBe(1_000_000n);
  });

  it('moves by a factor of two at most', () => {
    expect(nextTries(repeat(4, { gapMs: 30_000, searchMs: 2_400, tries: 1_000_001n }))).toBe(500_000n);
    expect(nextTries(repeat(4, { gapMs: 30_000, searchMs: 24, tries: 1_000_001n }))).toBe(2_000_002n);
    // Against the previous header's work, not the mean.
    const blocks = [
      { gapMs: 30_000, searchMs: 240, tries: 9_000_000n },
      { gapMs: 30_000, searchMs: 240, tries: 9_000_000n },
      { gapMs: 30_000, searchMs: 240, tries: 1_000_000n },
    ];
    expect(nextTries(blocks)).toBe(2_000_000n);
  });

  it('never goes below the floor, not even from below it', () => {
    const slow = repeat(4, { gapMs: 30_000, searchMs: 9_999, tries: 1_200n });
    expect(nextTries(slow)).toBe(1_000n);
    expect(nextTries(slow, { floor: '5000' })).toBe(5_000n);
    expect(nextTries(repeat(4, { gapMs: 30_000, searchMs: 240, tries: 1n }), { floor: '1' })).toBe(1n);
  });

  it('aims at 1 ms at least and 30 s at most', () => {
    expect(nextTries(repeat(4, { gapMs: 0, searchMs: 1, tries: 1_000_000n }))).toBe(1_000_000n);
    const hours = { gapMs: 2 * 3_600_000, searchMs: 30_000, tries: 1_000_000n };
    expect(nextTries(repeat(4, hours))).toBe(1_000_000n);
    // 57.6 s would be the share of two hours; an hour's is 28.8 s.
    expect(nextTries(repeat(4, { ...hours, gapMs: 3_600_000 }))).toBe(960_000n);
  });

  it('counts an unmeasurably short search as 1 ms and one that slept as 240 s', () => {
    expect(nextTries(repeat(2, { gapMs: 125, searchMs: 0, tries: 1_000_000n }))).toBe(1_000_000n);
    const asleep = { gapMs: 3_750_000, searchMs: 100_000_000, tries: 1_000_000n };
    const blocks = [...repeat(15, { ...asleep, searchMs: 30_000 }), asleep];
    // t = 15 · 30 s + 240 s
    expect(nextTries(blocks)).toBe((16_000_000n * 30_000n) / 690_000n);
  });

  it('measures searches of blocks without rounds, but no gap by them', () => {
    const blocks = [
      { gapMs: 30_000, searchMs: 240, tries: 1_000_000n },
      { gapMs: 10_000, searchMs: 480, tries: 1_000_000n, rounds: 0 },
      { gapMs: 20_000, searchMs: 240, tries: 1_000_000n, rounds: 3 },
    ];
    expect(nextTries(blocks)).toBe((3_000_000n * 240n) / 960n);
  });

  it('keeps the work of the last header while the window holds no gap', () => {
    const idle = { gapMs: 2_000, searchMs: 5, tries: 1_234_567n, rounds: 0 };
    expect(nextTries(repeat(5, idle))).toBe(1_234_567n);
    expect(nextTries([idle, { ...idle, rounds: 1 }, idle])).toBe(1_234_567n);
    expect(nextTries(repeat(5, idle), { floor: '2000000' })).toBe(2_000_000n);
    expect(nextTries(repeat(5, { ...idle, rounds: 1 }), { window: 1 })).toBe(1_234_567n);
  });

  it('looks at the last W headers and at no other', () => {
    const old = repeat(40, { gapMs: 999_999, searchMs: 9_999, tries: 7_777_777n });
    const recent = repeat(32, { gapMs: 30_000, searchMs: 300, tries: 1_000_000n });
    const chain = chainOf([...old, ...recent]);
    const expected = difficultyFor(800_000n);
    expect(next(chain)).toEqual(expected);
    expect(nextDifficulty(rules, chain.slice(-32), chain.length)).toEqual(expected);
    expect(nextDifficulty({ ...rules, window: 33 }, chain.slice(-33), chain.length)).not.toEqual(expected);
  });

  it('refuses headers that are not the chain\'s last', () => {
    const chain = chainOf(repeat(40, { gapMs: 30_000, searchMs: 240, tries: 1_000_000n }));
    const rule = { rule: 'pow.retarget-window' };
    expect(() => nextDifficulty(rules, chain.slice(-31), chain.length)).toThrow(expect.objectContaining(rule));
    expect(() => nextDifficulty(rules, chain.slice(0, -1), chain.length)).toThrow(expect.objectContaining(rule));
    expect(() => nextDifficulty(rules, chain.toReversed(), chain.length)).toThrow(expect.objectContaining(rule));
    expect(() => nextDifficulty(rules, [...chain.slice(0, 20), ...chain.slice(21)], chain.length)).toThrow(expect.objectContaining(rule));
  });

  it('depends neither on where the clock started nor, within the rule, on anything but headers', () => {
    const block = fc.record({
      gapMs: fc.integer({ min: 0, max: 10_000_000 }), searchMs: fc.integer({ min: 0, max: 1_000_000 }),
      tries: fc.bigInt({ min: 1n, max: 2n ** 60n }), rounds: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(fc.property(fc.array(block, { minLength: 2, maxLength: 40 }), fc.integer({ min: 0, max: 10 ** 12 }), (blocks, shift) => {
      const chain = chainOf(blocks);
      const later = chain.map((header) => (
        { ...header, sealStartMs: header.sealStartMs + shift, timestampMs: header.timestampMs + shift }
      ));
      const { k, m } = next(chain);
      expect(next(later)).toEqual({ k, m });
      const last = chain.at(-1) as MeasuredHeader;
      const before = work(last.k, last.m);
      expect(work(k, m) >= BigInt(rules.floor)).toBe(true);
      // Up to the rounding of m, within a factor of two unless the floor lifts it.
      expect(work(k, m) <= 2n * before + (before >> 29n) || work(k, m) === BigInt(rules.floor)).toBe(true);
      expect(work(k, m) >= before / 2n).toBe(true);
    }));
  });
});

describe('a simulated federation', () => {
  it.each([
    ['a start value 50 times too hard', 20_000, 50],
    ['a start value 50 times too easy', 20_000, 1 / 50],
    ['two fast miners', 40_000, 1],
  ])('settles near σ of the gap after %s', (_, triesPerMs, off) => {
    const gapMs = 60_000;
    const aimMs = 480;
    const random = seededRandom(42);
    const start = difficultyFor(BigInt(Math.round(aimMs * triesPerMs * off)));
    const chain: MeasuredHeader[] = [{ height: 0, sealStartMs: START_MS, timestampMs: START_MS, rounds: 0, ...start }];
    const searches: number[] = [];
    for (let height = 1; height <= 400; height++) {
      const { k, m } = nextDifficulty({ ...rules, start }, chain.slice(-40), chain.length);
      const searchMs = Math.round(random.exponential(Number(work(k, m))) / triesPerMs);
      const previous = chain.at(-1) as MeasuredHeader;
      const sealStartMs = Math.max(previous.sealStartMs + gapMs, previous.timestampMs);
      chain.push({ height, sealStartMs, timestampMs: sealStartMs + searchMs, rounds: 1, k, m });
      searches.push(searchMs);
    }
    const settled = searches.slice(50);
    const mean = settled.reduce((sum, ms) => sum + ms, 0) / settled.length;
    expect(mean).toBeGreaterThan(0.85 * aimMs);
    expect(mean).toBeLessThan(1.15 * aimMs);
  });
});
