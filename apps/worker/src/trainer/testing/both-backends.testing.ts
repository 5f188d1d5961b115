import { dispose, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { SeededRandom } from '../../data/seeded-random.js';
import { chooseBackend } from '../backends/choose-backend.js';

const backends = { cpu: await chooseBackend('cpu'), wasm: await chooseBackend('wasm') };

export type BackendName = keyof typeof backends;

/** Computes on one backend; nothing that `compute` makes outlives the call. */
export async function on(name: BackendName, compute: () => Tensor | Tensor[]): Promise<{ shape: number[]; data: Float32Array }[]> {
  await backends[name].activate();
  const results = [tidy(compute)].flat();
  const read = results.map((result) => ({ shape: result.shape, data: Float32Array.from(result.dataSync()) }));
  dispose(results);
  return read;
}

/** Requires that WASM gives what `cpu`, whose sums are float64, gives: within 1e-5 of the greatest magnitude, or of 1. */
export async function expectSame(compute: () => Tensor | Tensor[], label = ''): Promise<void> {
  const expected = await on('cpu', compute);
  const actual = await on('wasm', compute);
  expect(actual.length).toBe(expected.length);
  expected.forEach(({ shape, data }, index) => {
    expect(actual[index]!.shape, label).toEqual(shape);
    expect(greatestDifference(data, actual[index]!.data), label).toBeLessThanOrEqual(1e-5 * Math.max(1, greatest(data)));
  });
}

export function greatestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, index) => {
    const difference = Math.abs(value - b[index]!);
    return difference <= most ? most : difference;
  }, 0);
}

function greatest(data: Float32Array): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Values on [low, high) that depend on the seed alone. */
export function randomValues(shape: readonly number[], seed: number, low = -1, high = 1): Float32Array {
  const random = new SeededRandom(seed);
  return Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.between(low, high));
}

export const activate = (name: BackendName): Promise<void> => backends[name].activate();
