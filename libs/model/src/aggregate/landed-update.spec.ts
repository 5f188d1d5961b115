import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { decodeSafetensors } from '../safetensors/decode-safetensors.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';
import type { Tensor } from '../tensors.js';
import { KernelMemory } from './kernel-memory.js';
import { LandedUpdate } from './landed-update.js';
import { plainLargestMagnitude } from './plain-accumulators.js';
import { centred, hexOf } from './sum-battery.testing.js';

function tensorsOf(seed: number): Tensor[] {
  const random = Xoshiro128.fromSeed(seed >>> 0);
  return [[3, 5], [7], [], [0], [40, 50]].map((shape, i) => {
    const length = shape.reduce((product, dimension) => product * dimension, 1);
    const data = Float32Array.from({ length }, () => (random.next() % 999 ? centred(random) : NaN));
    return { name: `t${i}`, shape, data };
  });
}

/** Pushes a file in pieces of random sizes. */
function land(file: Uint8Array, seed: number, memory = new KernelMemory(), announced = file.length): LandedUpdate {
  const random = Xoshiro128.fromSeed(seed >>> 0);
  const landed = LandedUpdate.begin(announced, memory)!;
  for (let at = 0; at < file.length; ) {
    const size = 1 + (random.next() % (random.next() % 3 ? 3000 : 5));
    landed.push(file.subarray(at, at + size));
    at += size;
  }
  return landed;
}

describe('LandedUpdate', () => {
  it('holds the file and the largest magnitudes of its tensors, however it is cut', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, cuts) => {
        const file = encodeSafetensors(tensorsOf(seed));
        const landed = land(file, cuts);
        expect(landed.isComplete).toBe(true);
        expect(Buffer.compare(landed.bytes, file)).toBe(0);
        const expected = decodeSafetensors(file).map(({ name, shape, data }) => ({ name, shape, hex: hexOf(data), largest: plainLargestMagnitude(data) }));
        expect(landed.scanned()!.map(({ name, shape, data, largest }) => ({ name, shape, hex: hexOf(data), largest }))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('says nothing of tensors before the last byte, past the announced length, or where the file is not readable', () => {
    const file = encodeSafetensors(tensorsOf(1));
    expect(land(file.subarray(0, -1), 1, undefined, file.length).scanned()).toBeUndefined();
    const long = land(file, 1, undefined, file.length - 4);
    expect([long.isComplete, long.scanned()]).toEqual([false, undefined]);
    const broken = file.slice();
    broken[9] = 0;
    const unreadable = land(broken, 1);
    expect([unreadable.isComplete, unreadable.scanned()]).toEqual([true, undefined]);
    expect(land(new Uint8Array(5), 1).scanned()).toBeUndefined();
    expect(land(new Uint8Array(20).fill(255), 1).scanned()).toBeUndefined();
  });

  it('leaves half-precision files to the decoder', () => {
    const header = new TextEncoder().encode('{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}  ');
    const file = new Uint8Array(8 + header.length + 4);
    file[0] = header.length;
    file.set(header, 8);
    expect(land(file, 1).scanned()).toBeUndefined();
    expect(decodeSafetensors(land(file, 1).bytes)).toHaveLength(1);
  });

  it('gives its memory back', () => {
    const memory = new KernelMemory(100_000);
    for (let i = 0; i < 20; i++) {
      const landed = LandedUpdate.begin(60_000, memory)!;
      expect(LandedUpdate.begin(60_000, memory)).toBeUndefined();
      landed.release();
    }
  });
});
