import { grad, maxPool, mul, sum, tensor4d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSame, on, randomValues } from '../testing/both-backends.testing.js';

interface Case {
  readonly input: [number, number, number, number];
  readonly pool: [number, number];
  readonly strides: [number, number];
  readonly pad: 'valid' | 'same';
  /** Greatest value: at 0 every window is negative. */
  readonly high: number;
}

function poolAndGradient({ input, pool, strides, pad, high }: Case): Tensor[] {
  const x = tensor4d(randomValues(input, 1, -1, high), input);
  const y = maxPool(x, pool, strides, pad);
  const weights = tensor4d(randomValues(y.shape, 2), y.shape);
  return [y, grad((of) => sum(mul(maxPool(of as Tensor4D, pool, strides, pad), weights)))(x)];
}

const size = (least: number, most: number) => fc.integer({ min: least, max: most });

const cases = fc
  .record({
    input: fc.tuple(size(1, 3), size(1, 10), size(1, 9), size(1, 11)), pool: fc.tuple(size(1, 4), size(1, 4)),
    strides: fc.tuple(size(1, 4), size(1, 4)), pad: fc.constantFrom('valid' as const, 'same' as const), high: fc.constantFrom(0, 1),
  })
  .filter(({ input, pool, pad }) => pad === 'same' || (pool[0] <= input[1] && pool[1] <= input[2]));

describe('max pooling on WASM', () => {
  it('gives the output and gradient of cpu for any sizes, overlaps, paddings and signs', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => expectSame(() => poolAndGradient(each), JSON.stringify(each))),
      { numRuns: 200 },
    );
  });

  it('gives a window that is all negative its gradient', async () => {
    const [dx] = await on('wasm', () =>
      grad((of) => sum(maxPool(of as Tensor4D, 2, 2, 'valid')))(tensor4d([-3, -1, -2, -4, -8, -7, -6, -5], [1, 2, 4, 1])));
    expect([...dx!.data]).toEqual([0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('gives the first of equals the gradient, and all of it', async () => {
    const [dx] = await on('wasm', () => grad((of) => sum(maxPool(of as Tensor4D, 2, 2, 'valid')))(tensor4d(new Float32Array(32), [1, 2, 2, 8])));
    expect([...dx!.data]).toEqual([...new Float32Array(8).fill(1), ...new Float32Array(24)]);
  });
});
