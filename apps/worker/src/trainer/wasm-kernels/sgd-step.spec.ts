import { add, engine, mul, scalar, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { SGD_STEP } from '../kernel-names.js';
import { on, randomValues } from '../testing/both-backends.testing.js';

it.each([1, 4, 7, 1030])('a step of gradient descent on %d parameters is TensorFlow.js\' own, to the bit', async (count) => {
  const [own, stock] = await on('wasm', () => {
    const value = tensor1d(randomValues([count], 1));
    const gradient = tensor1d(randomValues([count], 2));
    return [engine().runKernel<Tensor>(SGD_STEP, { value, gradient }, { learningRate: 0.215 }), add(mul(scalar(-0.215), gradient), value)];
  });
  expect(own!.data).toEqual(stock!.data);
});
