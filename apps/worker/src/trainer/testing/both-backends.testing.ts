import { dispose, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { SeededRandom } from '../../data/seeded-random.js';
import type { OpenBackend } from '../backends/backend.js';
import { chooseBackend } from '../backends/choose-backend.js';

const backends = { cpu: await chooseBackend('cpu'), wasm: await chooseBackend('wasm') };

export type BackendName = keyof typeof backends;

/** What was computed, read back. */
export interface Computed {
  readonly shape: number[];
  readonly data: Float32Array;
}

/** Computes on one backend; nothing that `compute` makes outlives the call. */
export async function on(backend: BackendName | OpenBackend, compute: () => Tensor | Tensor[]): Promise<Computed[]> {
  await (typeof backend === 'string' ? backends[backend] : backend).activate();
  const results = [tidy(compute)].flat();
  // Not dataSync: WebGPU has none.
  const read = await Promise.all(results.map(async (result) => ({ shape: result.shape, data: Float32Array.from(await result.data()) })));
  dispose(results);
  return read;
}

/** Requires that WASM gives what `cpu`, whose sums are float64, gives: within 1e-5 of the greatest magnitude, or of 1. */
export async function expectSame(compute: () => Tensor | Tensor[], label = ''): Promise<void> {
  await expectSameOn('wasm', 'cpu', compute, label);
}

/** The same of any two backends. */
export async function expectSameOn(backend: BackendName | OpenBackend, reference: BackendName, compute: () => Tensor | Tensor[], label = ''): Promise<void> {
  const expected = await on(reference, compute);
  const actual = await on(backend, compute);
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
