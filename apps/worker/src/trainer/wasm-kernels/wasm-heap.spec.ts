import { add, memory, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { on } from '../testing/both-backends.testing.js';

describe('tensors that share memory', () => {
  it('keep their values when the tensor they were cloned from is gone and its place is taken', async () => {
    const [sum] = await on('wasm', () => {
      const first = tensor1d([1, 2, 3, 4]);
      const copy = first.clone();
      first.dispose();
      const others = Array.from({ length: 8 }, () => tensor1d([9, 9, 9, 9]));
      return add(copy, others[0]!);
    });
    expect([...sum!.data]).toEqual([10, 11, 12, 13]);
  });

  it('are counted as often as they are held', async () => {
    await on('wasm', () => tensor1d([0]));
    const before = memory();
    const first = tensor1d([1, 2]);
    const copies = [first.clone(), first.clone()];
    expect(memory().numTensors).toBe(before.numTensors + 3);
    tidy(() => first.dispose());
    expect([...copies[1]!.dataSync()]).toEqual([1, 2]);
    copies.forEach((copy) => copy.dispose());
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });
});
