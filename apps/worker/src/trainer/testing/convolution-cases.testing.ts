import { engine, FusedConv2D, mul, sum, tensor1d, tensor4d, variable, variableGrads, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { randomValues } from './both-backends.testing.js';

type Pair = [number, number];
export type Shape4 = [number, number, number, number];

export interface ConvolutionCase {
  readonly input: Shape4;
  readonly filter: Pair;
  readonly outputs: number;
  readonly strides: Pair;
  readonly pad: 'valid' | 'same';
  readonly activation: 'linear' | 'relu';
}

/** One layer and all its gradients, through the tape: output, dx, dFilter, dBias. */
export function layerAndGradients({ input, filter, outputs, strides, pad, activation }: ConvolutionCase): Tensor[] {
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

/** Both CNNs' layers, odd strides and paddings, one pixel, gaps between windows. */
export const CONVOLUTIONS: readonly ConvolutionCase[] = [
  { input: [2, 28, 28, 1], filter: [3, 3], outputs: 32, strides: [1, 1], pad: 'valid', activation: 'relu' },
  { input: [2, 14, 14, 32], filter: [5, 5], outputs: 64, strides: [1, 1], pad: 'same', activation: 'relu' },
  { input: [2, 9, 14, 3], filter: [3, 2], outputs: 10, strides: [2, 1], pad: 'same', activation: 'linear' },
  { input: [1, 13, 7, 5], filter: [2, 5], outputs: 8, strides: [3, 2], pad: 'valid', activation: 'relu' },
  { input: [3, 6, 5, 7], filter: [1, 1], outputs: 12, strides: [1, 1], pad: 'valid', activation: 'linear' },
  { input: [1, 10, 10, 4], filter: [3, 3], outputs: 3, strides: [4, 4], pad: 'valid', activation: 'linear' },
];
