import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mcmahan2nn, mcmahanCnn, missionCnn } from '../layers/presets.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';
import { initialTensors } from './initial-tensors.js';
import { createSplitMix64, Xoshiro128 } from './xoshiro128.js';

const fileHash = (...args: Parameters<typeof initialTensors>) =>
  createHash('sha256').update(encodeSafetensors(initialTensors(...args))).digest('hex');

describe('generators', () => {
  it('are SplitMix64 and xoshiro128** as published', () => {
    const next = createSplitMix64(1234567n);
    expect([next(), next(), next()]).toEqual([6457827717110365317n, 3203168211198807973n, 9817491932198370423n]);
    const random = Xoshiro128.fromState([1, 2, 3, 4]);
    expect(Array.from({ length: 8 }, () => random.next())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849,
    ]);
  });
});

describe('initialTensors', () => {
  it('gives the bytes that an independent program (Python, from the docstring) gives', () => {
    expect(fileHash(missionCnn, 1)).toBe('21b10a58197ae9162628369304f387cd7f667a092c0dae236610218a575ce086');
    expect(fileHash(missionCnn, 2 ** 53 - 1)).toBe('7e8a115004b24e4cbeefca32bbb8f7b31b4a105b4c287689e9d89aea8f50d3a6');
    expect(fileHash(mcmahanCnn, 42)).toBe('0a69bad21f2a70e367ecdbabd25cf5126f841abb87855a3b9b1dd36de5822773');
    expect(fileHash(mcmahan2nn, 0)).toBe('3f0ad2eb634c5e67f69d0db8dbcc23eea49c88fcb9a678664b912754b747d86c');
  });

  it('tells apart seeds that differ in any bit', () => {
    const hashes = Array.from({ length: 53 }, (_, bit) => fileHash(missionCnn, 2 ** bit));
    expect(new Set(hashes).size).toBe(53);
  });

  it('is uniform within Glorot’s limit, and biases are zero', () => {
    const tensors = initialTensors(mcmahanCnn, 7);
    const kernel = tensors.find(({ name }) => name === 'dense.kernel')!.data;
    const limit = Math.sqrt(6 / (3136 + 512));
    const deciles = new Array<number>(10).fill(0);
    let sum = 0;
    let squares = 0;
    for (const value of kernel) {
      deciles[Math.floor(((value / limit + 1) / 2) * 10)]!++;
      sum += value;
      squares += value * value;
    }
    // 1.6 million draws: the mean’s standard error is 0.00046 of the limit, a decile’s 0.00024.
    expect(Math.abs(sum / kernel.length)).toBeLessThan(limit * 0.003);
    expect(squares / kernel.length / (limit ** 2 / 3)).toBeCloseTo(1, 2);
    for (const count of deciles) expect(Math.abs(count / kernel.length - 0.1)).toBeLessThan(0.002);
    for (const { name, data } of tensors) if (name.endsWith('.bias')) expect(data.every((value) => Object.is(value, 0))).toBe(true);
  });

  it('gives each kernel numbers of its own', () => {
    const [first, , second] = initialTensors(mcmahanCnn, 7);
    expect(first!.data[0]! / Math.sqrt(6 / (25 + 800))).not.toBeCloseTo(second!.data[0]! / Math.sqrt(6 / (800 + 1600)), 3);
  });

  it('refuses seeds that are no whole numbers of at most 53 bits', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) {
      expect(() => initialTensors(missionCnn, seed)).toThrow(expect.objectContaining({ code: 'seed-invalid' }));
    }
  });
});
