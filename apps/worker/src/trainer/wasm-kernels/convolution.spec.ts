import { engine, FusedConv2D, conv2d, conv2dTranspose, tensor1d, tensor4d, variableGrads, variable, mul, sum, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSame, on, randomValues } from '../testing/both-backends.testing.js';

type Pair = [number, number];
type Shape4 = [number, number, number, number];

interface Case {
  readonly input: Shape4;
  readonly filter: Pair;
  readonly outputs: number;
  readonly strides: Pair;
  readonly pad: 'valid' | 'same';
  readonly activation: 'linear' | 'relu';
}

/** One layer and all its gradients, through the tape: output, dx, dFilter, dBias. */
function layerAndGradients({ input, filter, outputs, strides, pad, activation }: Case): Tensor[] {
  const x = variable(tensor4d(randomValues(input, 1), input));
  const filterShape: Shape4 = [...filter, input[3], outputs];
  const kernel = variable(tensor4d(randomValues(filterShape, 2), filterShape));
  const bias = variable(tensor1d(randomValues([outputs], 3)));
  const attributes = { strides, pad, dilations: [1, 1], dataFormat: 'NHWC', activation };
  let y: Tensor4D | undefined;
  const forward = () => engine().runKernel<Tensor4D>(FusedConv2D, { x, filter: kernel, bias }, attributes);
  const { grads } = variableGrads(() => {
    y = forward();
    return sum(mul(y, tensor4d(randomValues(y.shape, 4), y.shape)));
  }, [x, kernel, bias]);
  const result = [forward(), grads[x.name]!, grads[kernel.name]!, grads[bias.name]!];
  [x, kernel, bias].forEach((each) => each.dispose());
  return result;
}

const size = (least: number, most: number) => fc.integer({ min: least, max: most });
const pairOf = (most: number) => fc.tuple(size(1, most), size(1, most));

const cases = fc
  .record({
    input: fc.tuple(size(1, 3), size(1, 11), size(1, 12), size(1, 9)), filter: pairOf(5), outputs: size(1, 19), strides: pairOf(3),
    pad: fc.constantFrom('valid' as const, 'same' as const), activation: fc.constantFrom('linear' as const, 'relu' as const),
  })
  .filter(({ input, filter, pad }) => pad === 'same' || (filter[0] <= input[1] && filter[1] <= input[2]));

describe('convolution on WASM', () => {
  it.each<Case>([
    { input: [2, 28, 28, 1], filter: [3, 3], outputs: 32, strides: [1, 1], pad: 'valid', activation: 'relu' },
    { input: [2, 14, 14, 32], filter: [5, 5], outputs: 64, strides: [1, 1], pad: 'same', activation: 'relu' },
    { input: [2, 9, 14, 3], filter: [3, 2], outputs: 10, strides: [2, 1], pad: 'same', activation: 'linear' },
    { input: [1, 13, 7, 5], filter: [2, 5], outputs: 8, strides: [3, 2], pad: 'valid', activation: 'relu' },
    { input: [3, 6, 5, 7], filter: [1, 1], outputs: 12, strides: [1, 1], pad: 'valid', activation: 'linear' },
    { input: [1, 10, 10, 4], filter: [3, 3], outputs: 3, strides: [4, 4], pad: 'valid', activation: 'linear' },
  ])('gives the output and gradients of cpu: $input by $filter × $outputs, strides $strides, $pad, $activation', async (each) => {
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
