import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilLog2, gridFor, magnitudeBits, powerOfTwo } from './grid.js';

describe('gridFor', () => {
  it('gives s = 51 − ⌈log2 A_max⌉ − log2 B', () => {
    expect(gridFor({ bound: 8, aMax: 1 }).s).toBe(48);
    expect(gridFor({ bound: 8, aMax: 2400 }).s).toBe(51 - 12 - 3);
    expect(gridFor({ bound: 2 ** 20, aMax: 4096 }).s).toBe(51 - 12 - 20);
    expect(gridFor({ bound: 1, aMax: 4097 }).s).toBe(51 - 13);
    expect(gridFor({ bound: 8, aMax: 2 ** 53 - 1 }).s).toBe(51 - 53 - 3);
  });

  it('keeps the largest sum within 2^51', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 2 ** 53 - 1 }), (log2Bound, aMax) => {
        const { s, bound } = gridFor({ bound: 2 ** log2Bound, aMax });
        // B · A_max · 2^s ≤ 2^51, and one more fraction bit would pass it.
        const largest = BigInt(bound) * BigInt(aMax);
        const limit = (fractionBits: number) => 1n << BigInt(51 - fractionBits);
        expect(largest <= limit(s)).toBe(true);
        expect(largest > limit(s + 1)).toBe(true);
      }),
    );
  });

  it('refuses a bound that is no power of two and weights that cannot be counted', () => {
    for (const bound of [0, -8, 3, 8.5, NaN, Infinity, 2 ** 41]) {
      expect(() => gridFor({ bound, aMax: 10 })).toThrow(expect.objectContaining({ code: 'grid-bound' }));
    }
    for (const aMax of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
      expect(() => gridFor({ bound: 8, aMax })).toThrow(expect.objectContaining({ code: 'grid-weights' }));
    }
  });
});

describe('bit lengths', () => {
  it('take ⌈log2⌉ right beside every power of two, where Math.log2 may not', () => {
    for (let power = 2; power <= 52; power++) {
      expect(ceilLog2(2 ** power - 1)).toBe(power);
      expect(ceilLog2(2 ** power)).toBe(power);
      expect(ceilLog2(2 ** power + 1)).toBe(power + 1);
    }
    expect([ceilLog2(1), ceilLog2(2), ceilLog2(3), ceilLog2(2 ** 53 - 1)]).toEqual([0, 1, 2, 53]);
  });

  it('make exact powers of two', () => {
    let expected = 1;
    for (let exponent = 0; exponent <= 64; exponent++, expected *= 2) {
      expect(powerOfTwo(exponent)).toBe(expected);
      expect(powerOfTwo(-exponent)).toBe(1 / expected);
    }
  });

  it('order as magnitudes do', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (a, b) => {
        expect(magnitudeBits(a) > magnitudeBits(b)).toBe(Math.abs(a) > Math.abs(b));
      }),
    );
  });
});
