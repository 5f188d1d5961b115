import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { gridFor, magnitudeBits, powerOfTwo } from './grid.js';
import { KernelMemory, kernelMemory, TILE } from './kernel-memory.js';
import { PlainAccumulators, plainLargestMagnitude } from './plain-accumulators.js';
import { centred, hexOf } from './sum-battery.testing.js';
import { SCANNED } from './sum-kernel.js';
import { largestMagnitude, MAX_SUMS, WasmAccumulators } from './wasm-accumulators.js';

/** Lengths around lanes, the kernels' blocks and tiles. */
const LENGTHS = [0, 1, 3, 7, 8, 9, 1000, 1023, 1025, TILE - 1, TILE, TILE + 1, 2 * TILE + 13];

function deltas(length: number, seed: number): Float32Array {
  const random = Xoshiro128.fromSeed(seed);
  return Float32Array.from({ length }, () => 8 * centred(random));
}

const { s, bound } = gridFor({ bound: 8, aMax: 10_000 });
const scales = [600, 77, 1, 1234, 5].map((weight) => weight * powerOfTwo(s));
const largest = magnitudeBits(bound);

/** The same array inside a kernel memory, where nothing is copied before a fold. */
function landed(data: Float32Array, memory: KernelMemory): Float32Array {
  const region = memory.allocate(data.byteLength + 4)!;
  const view = new Float32Array(region.data.buffer, region.at + 4, data.length);
  view.set(data);
  return view;
}

describe('WASM kernels and their twin', () => {
  it('have the same bits on every length, after folding, removing, merging and finishing', () => {
    for (const length of LENGTHS) {
      const runs = [WasmAccumulators, PlainAccumulators].map((Driver) => {
        const sums = new Driver(length + 24);
        const other = new Driver(length);
        const five = scales.map((_, k) => deltas(length, k));
        expect(sums.add(16, five, scales, largest)).toBe(true);
        sums.add(16, [five[1]!], [-scales[1]!], largest);
        other.add(0, [deltas(length, 9)], [13 * powerOfTwo(s)], largest);
        sums.addSums(16, other.sums(0, length));
        const model = sums.finish(16, deltas(length, 5), 614 * powerOfTwo(s));
        return { sums: sums.sums(0, length + 24), model: hexOf(model) };
      });
      expect(runs[0]).toEqual(runs[1]);
      // Nothing outside the range was touched.
      expect([...runs[0]!.sums.subarray(0, 16)]).toEqual(new Array(16).fill(0));
      expect([...runs[0]!.sums.subarray(16 + length)]).toEqual(new Array(8).fill(0));
    }
  });

  it('have the same bits for any updates, one by one or four in a pass, from any memory, with and without the scan', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 9 }), fc.integer(), fc.boolean(), (length, count, seed, isScanned) => {
        const memory = new KernelMemory();
        const updates = Array.from({ length: count }, (_, k) => edgy(length, seed + k));
        const weights = updates.map((_, k) => (1 + ((k * 911) % 1000)) * powerOfTwo(s));
        const limit = isScanned ? SCANNED : largest;
        const plain = new PlainAccumulators(length);
        plain.add(0, updates, weights, largest);
        const together = new WasmAccumulators(length, memory);
        together.add(0, updates.map((data, k) => ((seed >> k) & 1 ? landed(data, memory) : data)), weights, limit);
        const single = new WasmAccumulators(length, memory);
        [...updates.entries()].reverse().forEach(([k, data]) => single.add(0, [landed(data, memory)], [weights[k]!], limit));
        expect(together.sums(0, length)).toEqual(plain.sums(0, length));
        expect(single.sums(0, length)).toEqual(plain.sums(0, length));
      }),
      { numRuns: 60 },
    );
  });

  it('take back whatever entered before a refused value, wherever it stands', () => {
    const length = 2 * TILE + 13;
    for (const memory of [undefined, new KernelMemory()]) {
      const updates = [1, 2, 3, 4, 5, 6].map((seed) => (memory ? landed(deltas(length, seed), memory) : deltas(length, seed)));
      const sums = new WasmAccumulators(length, memory);
      sums.add(0, updates, [...scales, scales[0]!], largest);
      const before = sums.sums(0, length);
      for (const [update, at] of [[0, 0], [3, 1024], [4, TILE], [5, length - 1]] as const) {
        const kept = updates[update]![at]!;
        updates[update]![at] = update % 2 ? NaN : 9;
        expect(sums.add(0, updates, [...scales, scales[0]!], largest)).toBe(false);
        expect(sums.sums(0, length)).toEqual(before);
        updates[update]![at] = kept;
      }
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

  it('find it in the kernels’ own memory too, at any alignment', () => {
    for (const length of [...LENGTHS, 70_001]) {
      const data = deltas(length, 11);
      expect(largestMagnitude(landed(data, kernelMemory()))).toBe(plainLargestMagnitude(data));
    }
  });

  it('scan an array without what an earlier, longer one left in the tile', () => {
    expect(largestMagnitude(new Float32Array(TILE).fill(NaN))).toBeGreaterThan(0x7f800000);
    expect(largestMagnitude(Float32Array.of(1))).toBe(magnitudeBits(1));
  });

  it('refuse more sums than one memory holds', () => {
    expect(() => new WasmAccumulators(MAX_SUMS + 1)).toThrow(expect.objectContaining({ code: 'sum-too-long' }));
  });
});

/** Values of all kinds: zeros of both signs, subnormals, ties of the grid, the bound, and ordinary ones. */
function edgy(length: number, seed: number): Float32Array {
  const random = Xoshiro128.fromSeed(seed >>> 0);
  const half = powerOfTwo(-(s + 1));
  const kinds = [0, -0, 2 ** -149, -(2 ** -130), half, -3 * half, 5 * half, bound, -bound];
  return Float32Array.from({ length }, () => (random.next() % 3 ? 8 * centred(random) : kinds[random.next() % kinds.length]!));
}
