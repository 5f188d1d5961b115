import { describe, expect, it } from 'vitest';
import { gridFor, magnitudeBits, powerOfTwo } from '../aggregate/grid.js';
import { KernelMemory } from '../aggregate/kernel-memory.js';
import { PlainAccumulators } from '../aggregate/plain-accumulators.js';
import { centred } from '../aggregate/sum-battery.testing.js';
import { WasmAccumulators } from '../aggregate/wasm-accumulators.js';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { FoldThreads } from './fold-threads.js';

const { s } = gridFor({ bound: 8, aMax: 10_000 });
const scales = [600, 77, 1, 1234, 5].map((weight) => weight * powerOfTwo(s));
const largest = magnitudeBits(8);

function landed(memory: KernelMemory, length: number, seed: number): Float32Array {
  const random = Xoshiro128.fromSeed(seed);
  const region = memory.allocate(length * 4)!;
  const data = new Float32Array(region.data.buffer, region.at, length);
  for (let i = 0; i < length; i++) data[i] = 8 * centred(random);
  return data;
}

describe('FoldThreads', () => {
  it('have the bits of the plain sum at any number of threads and any length, and take back what was refused', async () => {
    for (const threads of [1, 2, 3]) {
      const memory = new KernelMemory();
      const crew = new FoldThreads(memory, { threads, leastElements: 1 });
      memory.crew = crew;
      await crew.started();
      for (const length of [1, 15, 16, 17, 40_000, 70_001]) {
        const updates = scales.map((_, k) => landed(memory, length, k));
        const plain = new PlainAccumulators(length);
        plain.add(0, updates, scales, largest);
        const sums = new WasmAccumulators(length, memory);
        expect(sums.add(0, updates, scales, largest)).toBe(true);
        expect(sums.sums(0, length)).toEqual(plain.sums(0, length));
        for (const at of [0, length >> 1, length - 1]) {
          const kept = updates[2]![at]!;
          updates[2]![at] = NaN;
          expect(sums.add(0, updates, scales, largest)).toBe(false);
          expect(sums.sums(0, length)).toEqual(plain.sums(0, length));
          updates[2]![at] = kept;
        }
      }
      await crew.close();
    }
  });

  it('fold alone before the threads have started and after they ended', async () => {
    const memory = new KernelMemory();
    const crew = new FoldThreads(memory, { threads: 2, leastElements: 1 });
    memory.crew = crew;
    const update = landed(memory, 1000, 1);
    const plain = new PlainAccumulators(1000);
    plain.add(0, [update, update], [1, 2], largest);
    const sums = new WasmAccumulators(1000, memory);
    sums.add(0, [update], [1], largest);
    await crew.close();
    sums.add(0, [update], [2], largest);
    expect(sums.sums(0, 1000)).toEqual(plain.sums(0, 1000));
  });

  it('need at least one thread', () => {
    expect(() => new FoldThreads(new KernelMemory(), { threads: 0 })).toThrow(expect.objectContaining({ code: 'threads-invalid' }));
  });
});
