import { engine, FusedConv2D, conv2d, conv2dTranspose, tensor1d, tensor4d, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONVOLUTIONS, layerAndGradients, type Shape4 } from '../testing/convolution-cases.testing.js';
import { expectSame, on, randomValues } from '../testing/both-backends.testing.js';

const size = (least: number, most: number) => fc.integer({ min: least, max: most });
const pairOf = (most: number) => fc.tuple(size(1, most), size(1, most));

const cases = fc
  .record({
    input: fc.tuple(size(1, 3), size(1, 11), size(1, 12), size(1, 9)), filter: pairOf(5), outputs: size(1, 19), strides: pairOf(3),
    pad: fc.constantFrom('valid' as const, 'same' as const), activation: fc.constantFrom('linear' as const, 'relu' as const),
  })
  .filter(({ input, filter, pad }) => pad === 'same' || (filter[0] <= input[1] && filter[1] <= input[2]));

describe('convolution on WASM', () => {
  it.each(CONVOLUTIONS)('gives the output and gradients of cpu: $input by $filter × $outputs, strides $strides, $pad, $activation', async (each) => {
    await expectSame(() => layerAndGradients(each));
  });

  it('gives the output and gradients of cpu for any sizes, strides and paddings', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => expectSame(() => layerAndGradients(each), JSON.stringify(each))),
      { numRuns: 150 },
    );
  });

  it('keeps what it does not cover: dilation goes to the kernel of TensorFlow.js', async () => {
    const input: Shape4 = [1, 9, 9, 2];
    await expectSame(() =>
      conv2d(tensor4d(randomValues(input, 1), input), tensor4d(randomValues([3, 3, 2, 4], 2), [3, 3, 2, 4]), 1, 'valid', 'NHWC', 2));
  });

  it('serves the operations of TensorFlow.js too', async () => {
    const shape: Shape4 = [2, 4, 5, 3];
    await expectSame(() =>
      conv2dTranspose(tensor4d(randomValues(shape, 1), shape), tensor4d(randomValues([3, 3, 6, 3], 2), [3, 3, 6, 3]), [2, 8, 10, 6], 2, 'same'));
  });

  it('lets NaN through, so that a diverged model shows', async () => {
    const [y] = await on('wasm', () =>
      engine().runKernel<Tensor>(
        FusedConv2D,
        { x: tensor4d([Number.NaN, 1, 1, 1], [1, 2, 2, 1]), filter: tensor4d([1], [1, 1, 1, 1]), bias: tensor1d([0]) },
        { strides: [1, 1], pad: 'valid', dilations: [1, 1], dataFormat: 'NHWC', activation: 'relu' },
      ));
    expect([...y!.data]).toEqual([Number.NaN, 1, 1, 1]);
  });
});
