import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { gridFor, magnitudeBits, powerOfTwo } from './grid.js';
import { PlainAccumulators, plainLargestMagnitude } from './plain-accumulators.js';
import { centred, hexOf } from './sum-battery.testing.js';
import { largestMagnitude, MAX_SUMS, TILE, WasmAccumulators } from './wasm-accumulators.js';

/** Lengths around lanes and tiles. */
const LENGTHS = [0, 1, 7, 8, 9, 1000, TILE - 1, TILE, TILE + 1, 2 * TILE + 13];

function deltas(length: number, seed: number): Float32Array {
  const random = Xoshiro128.fromSeed(seed);
  return Float32Array.from({ length }, () => 8 * centred(random));
}

describe('WASM kernels and their twin', () => {
  it('have the same bits on every length, after folding, removing, merging and finishing', () => {
    const { s, bound } = gridFor({ bound: 8, aMax: 10_000 });
    for (const length of LENGTHS) {
      const runs = [WasmAccumulators, PlainAccumulators].map((Driver) => {
        const sums = new Driver(length + 24);
        const other = new Driver(length);
        for (const [seed, weight] of [[1, 600], [2, 77], [3, 1]] as const) {
          expect(sums.add(16, deltas(length, seed), weight * powerOfTwo(s), magnitudeBits(bound))).toBe(true);
        }
        sums.add(16, deltas(length, 2), -77 * powerOfTwo(s), magnitudeBits(bound));
        other.add(0, deltas(length, 4), 13 * powerOfTwo(s), magnitudeBits(bound));
        sums.addSums(16, other.sums(0, length));
        const model = sums.finish(16, deltas(length, 5), 614 * powerOfTwo(s));
        return { sums: sums.sums(0, length + 24).slice(), model: hexOf(model) };
      });
      expect(runs[0]).toEqual(runs[1]);
      // Nothing outside the range was touched.
      expect([...runs[0]!.sums.subarray(0, 16)]).toEqual(new Array(16).fill(0));
      expect([...runs[0]!.sums.subarray(16 + length)]).toEqual(new Array(8).fill(0));
    }
  });

  it('find the same largest magnitude', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 70 }), (data) => {
        expect(largestMagnitude(data)).toBe(plainLargestMagnitude(data));
      }),
    );
    for (const length of LENGTHS) expect(largestMagnitude(deltas(length, 9))).toBe(plainLargestMagnitude(deltas(length, 9)));
  });

  it('scan an array without what an earlier, longer one left in the tile', () => {
    expect(largestMagnitude(new Float32Array(TILE).fill(NaN))).toBeGreaterThan(0x7f800000);
    expect(largestMagnitude(Float32Array.of(1))).toBe(magnitudeBits(1));
  });

  it('refuse more sums than one memory holds', () => {
    expect(() => new WasmAccumulators(MAX_SUMS + 1)).toThrow(expect.objectContaining({ code: 'sum-too-long' }));
  });
});
