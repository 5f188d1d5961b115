import { grad, tensor1d, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { correctCount, crossEntropy } from './loss.js';
import { on, type BackendName } from './testing/both-backends.testing.js';

describe.each<BackendName>(['cpu', 'wasm'])('cross-entropy on %s', (name) => {
  const labels = () => tensor1d([2, 0], 'int32');

  it('is the mean of −log softmax at the label', async () => {
    const [loss] = await on(name, () => crossEntropy(tensor2d([[1, 2, 3], [0, 0, 0]]), labels()));
    const first = -Math.log(Math.E ** 3 / (Math.E + Math.E ** 2 + Math.E ** 3));
    expect(loss!.data[0]).toBeCloseTo((first + Math.log(3)) / 2, 6);
  });

  it('has the gradient (softmax − one-hot) / n', async () => {
    const [dx] = await on(name, () => grad((x) => crossEntropy(x as Tensor2D, labels()))(tensor2d([[0, 0, 0], [Math.log(2), 0, 0]])));
    const expected = [1 / 6, 1 / 6, -1 / 3, -1 / 4, 1 / 8, 1 / 8];
    expected.forEach((value, index) => expect(dx!.data[index]).toBeCloseTo(value, 6));
  });

  it('stays finite for logits whose exponentials overflow', async () => {
    const [loss, dx] = await on(name, () => {
      const x = tensor2d([[1000, 0, -1000], [1000, 0, -1000]]);
      return [crossEntropy(x, labels()), grad((of) => crossEntropy(of as Tensor2D, labels()))(x)];
    });
    expect(loss!.data[0]).toBeCloseTo(1000, 3);
    expect([...dx!.data]).toEqual([0.5, 0, -0.5, 0, 0, 0]);
  });

  it('counts the greatest logit that is the label', async () => {
    const [correct] = await on(name, () => correctCount(tensor2d([[1, 2, 3], [0, 1, 0]]), labels()));
    expect(correct!.data[0]).toBe(1);
  });
});
