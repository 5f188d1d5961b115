import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { centred, hexOf, shuffled } from '../aggregate/sum-battery.testing.js';
import { coordinateMedian } from './coordinate-median.js';
import { plainMedian, plainTrimmedMean } from './plain-order-statistics.js';
import { selectionNetwork } from './sorting-network.js';
import { trimmedMean } from './trimmed-mean.js';

/** Few kinds of values, so that ties, both zeros and subnormals meet in one column. */
const KINDS = [0, -0, 1, -1, 2 ** -149, -(2 ** -149), 2 ** -127, 1 + 2 ** -23, 3.4028234663852886e38, -3.4028234663852886e38];

function edgyRows(count: number, length: number, seed: number): Float32Array[] {
  const random = Xoshiro128.fromSeed(seed >>> 0);
  const value = () => (random.next() % 2 ? KINDS[random.next() % KINDS.length]! : centred(random));
  return Array.from({ length: count }, () => Float32Array.from({ length }, value));
}

function bitsOf(length: number, rule: (out: Float32Array) => void): string {
  const out = new Float32Array(length);
  rule(out);
  return hexOf(out);
}

describe('sorting networks', () => {
  it('give the wanted places of any column: every column of zeros and ones up to 9 lines', () => {
    // A network that places zeros and ones right places everything right (Knuth, 5.3.4, theorem Z).
    for (let count = 1; count <= 9; count++) {
      for (let from = 0; from < count; from++) {
        for (const to of new Set([from + 1, count])) {
          const network = selectionNetwork(count, from, to);
          for (let bits = 0; bits < 1 << count; bits++) expect(misplaced(network, count, bits, from, to)).toBe(false);
        }
      }
    }
  });

  it('cost less where less is wanted', () => {
    const whole = selectionNetwork(50, 0, 50).length;
    expect(selectionNetwork(50, 24, 26).length).toBeLessThan(0.85 * whole);
    expect(selectionNetwork(1, 0, 1)).toEqual([]);
  });
});

function misplaced(network: ReturnType<typeof selectionNetwork>, count: number, bits: number, from: number, to: number): boolean {
  let column = bits;
  for (const { low, high } of network) {
    if ((column >> low) & 1 && !((column >> high) & 1)) column ^= (1 << low) | (1 << high);
  }
  let ones = 0;
  for (let line = 0; line < count; line++) ones += (bits >> line) & 1;
  for (let line = from; line < to; line++) if (((column >> line) & 1) !== (line >= count - ones ? 1 : 0)) return true;
  return false;
}

describe('median and trimmed mean in WebAssembly', () => {
  it('have the bits of their twins for any number of rows and any length, in any order and any cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 150 }), fc.nat(), fc.nat(), (count, length, seed, cut) => {
        const rows = edgyRows(count, length, seed);
        const trim = seed % Math.ceil(count / 2);
        const mixed = shuffled(rows, Xoshiro128.fromSeed(cut >>> 0));
        const at = length === 0 ? 0 : cut % length;
        const inTwo = (rule: (rows: Float32Array[], out: Float32Array) => void) => (out: Float32Array) => {
          rule(mixed.map((row) => row.subarray(0, at)), out.subarray(0, at));
          rule(mixed.map((row) => row.subarray(at)), out.subarray(at));
        };
        const median = bitsOf(length, (out) => plainMedian(rows, out));
        expect(bitsOf(length, (out) => coordinateMedian(rows, out))).toBe(median);
        expect(bitsOf(length, inTwo(coordinateMedian))).toBe(median);
        const mean = bitsOf(length, (out) => plainTrimmedMean(rows, trim, out));
        expect(bitsOf(length, (out) => trimmedMean(rows, trim, out))).toBe(mean);
        expect(bitsOf(length, inTwo((part, out) => trimmedMean(part, trim, out)))).toBe(mean);
      }),
      { numRuns: 60 },
    );
  });

  it('have them over several tiles, with few rows and with very many', () => {
    for (const [count, length] of [[3, 5000], [50, 5001], [9000, 33]] as const) {
      const rows = edgyRows(count, length, count);
      expect(bitsOf(length, (out) => coordinateMedian(rows, out))).toBe(bitsOf(length, (out) => plainMedian(rows, out)));
      const trim = Math.floor(count / 10);
      expect(bitsOf(length, (out) => trimmedMean(rows, trim, out))).toBe(bitsOf(length, (out) => plainTrimmedMean(rows, trim, out)));
    }
  });
});
