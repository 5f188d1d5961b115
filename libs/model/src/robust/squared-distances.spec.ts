import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { centred } from '../aggregate/sum-battery.testing.js';
import { plainTileDistance } from './plain-tile-distance.js';
import { SquaredDistances, TILE } from './squared-distances.js';

function plainDistances(rows: readonly Float32Array[]): Float64Array {
  const sums = new Float64Array(rows.length ** 2);
  for (let start = 0; start < rows[0]!.length; start += TILE) {
    const tile = rows.map((row) => row.subarray(start, start + TILE));
    tile.forEach((a, i) => tile.forEach((b, j) => (sums[i * rows.length + j]! += i < j ? plainTileDistance(a, b) : plainTileDistance(b, a))));
  }
  return sums;
}

describe('squared distances in WebAssembly', () => {
  it('have the bits of their twin for any number of updates and any length, however these are cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 1, max: 3 * TILE }), fc.nat(), (count, length, seed) => {
        const random = Xoshiro128.fromSeed(seed >>> 0);
        const scales = [1, 2 ** -70, 2 ** -140, 2 ** 10, 0];
        const rows = Array.from({ length: count }, () => {
          return Float32Array.from({ length }, () => centred(random) * scales[random.next() % scales.length]!);
        });
        const expected = plainDistances(rows);
        const distances = new SquaredDistances(count);
        const cut = Math.min(length, TILE * (seed % 3));
        distances.add(rows.map((row) => row.subarray(0, cut)));
        distances.add(rows.map((row) => row.subarray(cut)));
        expect(distances.finish()).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('of a pair do not depend on who else is there or where the two stand', () => {
    const random = Xoshiro128.fromSeed(5);
    const rows = Array.from({ length: 9 }, () => Float32Array.from({ length: 2500 }, () => centred(random)));
    const all = new SquaredDistances(9);
    all.add(rows);
    const matrix = all.finish();
    for (const [i, j] of [[0, 1], [8, 3], [2, 7]] as const) {
      const two = new SquaredDistances(2);
      two.add([rows[i]!, rows[j]!]);
      expect(two.finish()[1]).toBe(matrix[i * 9 + j]);
    }
  });
});
