import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDifficulty } from '../pow/retarget.js';
import type { MeasuredHeader } from '../pow/retarget.js';
import { difficultyFor, meetsTarget, work } from '../pow/target.js';
import { isBelowTarget } from './below-target.js';
import { RetargetWindow } from './retarget-window.js';
import { SortedNumbers } from './sorted-numbers.js';
import { powerQuotient, wholeQuotient } from './whole-quotient.js';

/** Numbers of every magnitude to 2^bits, those at powers of two among them. */
const magnitudes = (bits: number) => fc.tuple(fc.integer({ min: 0, max: bits }), fc.double({ min: 1, max: 2, noNaN: true, maxExcluded: true }), fc.integer({ min: -1, max: 1 }))
  .map(([exponent, mantissa, step]) => Math.max(1, Math.min(2 ** bits, Math.floor(mantissa * 2 ** exponent) + step)));

describe('RetargetWindow', () => {
  const spans = fc.record({
    rounds: fc.constantFrom(0, 1, 1, 1, 3),
    waitMs: fc.oneof(fc.nat({ max: 50 }), magnitudes(24), magnitudes(50)),
    searchMs: fc.oneof(fc.nat({ max: 50 }), magnitudes(20), magnitudes(46)),
    /** Whether the header keeps the difficulty asked for; the rule must also agree about chains that do not. */
    own: fc.option(magnitudes(53), { freq: 8 }),
  });
  const rules = fc.record({
    sigmaPpm: fc.oneof(fc.constant(8000), magnitudes(20), magnitudes(53).map((sigma) => Math.min(sigma, Number.MAX_SAFE_INTEGER))),
    window: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(32, 4096)),
    floor: fc.oneof(fc.constant('1'), magnitudes(53).map(String), fc.constant(String(1n << 100n))),
    start: magnitudes(45).map((tries) => difficultyFor(BigInt(tries))),
  });

  it('is the rule of nextDifficulty, whatever the chain', () => {
    fc.assert(fc.property(rules, fc.array(spans, { maxLength: 60 }), (charter, chain) => {
      const window = new RetargetWindow(charter);
      const headers: MeasuredHeader[] = [];
      let now = 1_750_000_000_000;
      for (const { rounds, waitMs, searchMs, own } of chain) {
        const asked = nextDifficulty(charter, headers, headers.length);
        expect(window.next()).toEqual(asked);
        const sealStartMs = Math.min(Number.MAX_SAFE_INTEGER, now + waitMs);
        now = Math.min(Number.MAX_SAFE_INTEGER, sealStartMs + searchMs);
        const header = { height: headers.length, rounds, sealStartMs, timestampMs: now, ...(own === null ? asked : difficultyFor(BigInt(own))) };
        headers.push(header);
        window.push(header);
      }
      expect(window.length).toBe(headers.length);
      expect(window.next()).toEqual(nextDifficulty(charter, headers, headers.length));
    }), { numRuns: 600 });
  });

  it('is the same rule over thousands of headers with a window that wraps', () => {
    const charter = { sigmaPpm: 8000, window: 32, floor: '1000', start: difficultyFor(5_000_000n) };
    const window = new RetargetWindow(charter);
    const headers: MeasuredHeader[] = [];
    let now = 0;
    let random = 1;
    const next = (limit: number) => (random = (random * 48_271) % 2_147_483_647) % limit;
    for (let height = 0; height < 5000; height++) {
      const asked = window.next();
      if (height % 7 === 0 || height < 100) expect(asked).toEqual(nextDifficulty(charter, headers.slice(-33), height));
      const sealStartMs = now + next(60_000);
      now = sealStartMs + next(height % 900 < 450 ? 200 : 4000);
      const header = { height, rounds: next(5) === 0 ? 0 : 1, sealStartMs, timestampMs: now, ...asked };
      headers.push(header);
      window.push(header);
    }
  });
});

describe('exact arithmetic in plain numbers', () => {
  it('divides as big integers do', () => {
    fc.assert(fc.property(fc.maxSafeNat(), magnitudes(52), (a, b) => {
      expect(wholeQuotient(a, b)).toBe(Number(BigInt(a) / BigInt(b)));
    }), { numRuns: 2000 });
    fc.assert(fc.property(magnitudes(26), magnitudes(26), fc.integer({ min: -1, max: 1 }), (a, b, step) => {
      expect(wholeQuotient(a * b + step, b)).toBe(Number((BigInt(a) * BigInt(b) + BigInt(step)) / BigInt(b)));
    }), { numRuns: 2000 });
  });

  it('divides powers of two as big integers do', () => {
    fc.assert(fc.property(magnitudes(42), fc.integer({ min: 0, max: 52 }), (divisor, above) => {
      const bits = Math.min(73, Math.floor(Math.log2(divisor)) + above);
      expect(powerQuotient(bits, divisor)).toBe(Number((1n << BigInt(bits)) / BigInt(divisor)));
    }), { numRuns: 3000 });
    for (let k = 0; k <= 40; k++) for (const m of [2 ** 31, 2 ** 31 + 1, 3_000_000_019, 2 ** 32 - 1]) expect(powerQuotient(32 + k, m)).toBe(Number(work(k, m)));
  });

  it('compares hashes with their target as big integers do', () => {
    const hashes = fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat({ max: 256 })).map(([hash, zeros]) =>
      hash.map((byte, i) => (8 * (i + 1) <= zeros ? 0 : 8 * i >= zeros ? byte : byte & (0xff >> (zeros - 8 * i)))));
    fc.assert(fc.property(hashes, fc.integer({ min: 0, max: 224 }), fc.integer({ min: 2 ** 31, max: 2 ** 32 - 1 }), (hash, k, m) => {
      expect(isBelowTarget(hash, k, m)).toBe(meetsTarget(hash, k, m));
    }), { numRuns: 3000 });
  });

  it('compares hashes at the very bound', () => {
    for (let k = 0; k <= 224; k++) {
      for (const m of [2 ** 31, 0xceb344e1, 2 ** 32 - 1]) {
        const bound = BigInt(m) << BigInt(224 - k);
        for (const value of [bound - 1n, bound]) {
          const hash = Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
          expect(isBelowTarget(hash, k, m)).toBe(value < bound);
        }
      }
    }
  });
});

describe('SortedNumbers', () => {
  it('has the lower median of whatever came and went', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.nat({ max: 20 }), fc.maxSafeNat()), { maxLength: 300 }), fc.nat({ max: 20 }), (values, window) => {
      const sorted = new SortedNumbers();
      const kept: number[] = [];
      for (const value of values) {
        sorted.add(value);
        kept.push(value);
        if (kept.length > window) sorted.remove(kept.shift() as number);
        expect(sorted.lowerMedian()).toBe(kept.toSorted((a, b) => a - b)[(kept.length - 1) >> 1]);
      }
    }));
    expect(() => new SortedNumbers().remove(1)).toThrow(RangeError);
  });
});
