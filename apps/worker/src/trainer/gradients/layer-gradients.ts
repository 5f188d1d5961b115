import {
  _FusedMatMul, engine, FusedConv2D, getKernel, matMul, mul, registerGradient, step, sum,
  type NamedAttrMap, type Tensor, type Tensor3D, type Tensor4D,
} from '@tensorflow/tfjs-core';
// TensorFlow.js registers the gradients of its plain kernels when this package loads; under Node core alone has none.
import '@tensorflow/tfjs-layers';
import { CONV2D_LAYER_GRADIENT, CONV2D_LAYER_INPUT_GRADIENT } from '../kernel-names.js';

/**
 * Gradients for the fused kernels, which TensorFlow.js registers none for: its own fused operations compute the input's
 * gradient always, even for the first layer, where it costs as much as the rest of the step and nobody reads it. With
 * these, the tape asks only for what leads to a variable.
 */
export function registerLayerGradients(): void {
  if (registered) return;
  registered = true;
  registerGradient({ kernelName: FusedConv2D, inputsToSave: ['x', 'filter'], outputsToSave: [true], gradFunc: convolutionGradients });
  registerGradient({ kernelName: _FusedMatMul, inputsToSave: ['a', 'b'], outputsToSave: [true], gradFunc: productGradients });
}

let registered = false;

type Gradients = Record<string, () => Tensor>;

function convolutionGradients(dy: Tensor | Tensor[], saved: Tensor[], attributes: NamedAttrMap): Gradients {
  const [x, filter, y] = saved as [Tensor4D, Tensor4D, Tensor4D];
  const fused = getKernel(CONV2D_LAYER_GRADIENT, engine().backendName) !== undefined;
  return fused
    ? ownGradients(dy as Tensor4D, x, filter, y, attributes)
    : portableGradients(throughActivation(dy as Tensor4D, y, attributes), x, filter, attributes);
}

function ownGradients(dy: Tensor4D, x: Tensor4D, filter: Tensor4D, y: Tensor4D, attributes: NamedAttrMap): Gradients {
  const ofWeights = engine().runKernel<Tensor[]>(
    CONV2D_LAYER_GRADIENT, { x, dy, y }, { ...attributes, filterShape: filter.shape },
  );
  return {
    x: () => engine().runKernel(CONV2D_LAYER_INPUT_GRADIENT, { dy, filter, y }, { ...attributes, inputShape: x.shape }),
    filter: () => ofWeights[0]!,
    bias: () => ofWeights[1]!,
  };
}

function portableGradients(dy: Tensor4D, x: Tensor4D, filter: Tensor4D, attributes: NamedAttrMap): Gradients {
  const { strides, pad } = attributes as unknown as { strides: [number, number]; pad: 'valid' | 'same' };
  const plain = { strides, pad, dataFormat: 'NHWC', dilations: 1 };
  return {
    x: () => engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...plain, inputShape: x.shape }),
    filter: () => engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...plain, filterShape: filter.shape }),
    bias: () => sum(dy, [0, 1, 2]),
  };
}

function productGradients(dy: Tensor | Tensor[], saved: Tensor[], attributes: NamedAttrMap): Gradients {
  const [a, b, y] = saved as [Tensor3D, Tensor3D, Tensor3D];
  const inner = throughActivation(dy as Tensor3D, y, attributes);
  return {
    a: () => matMul(inner, b, false, true),
    b: () => matMul(a, inner, true, false),
    bias: () => sum(inner, [0, 1]),
  };
}

function throughActivation<T extends Tensor>(dy: T, y: T, { activation }: NamedAttrMap): T {
  return activation === 'relu' ? mul(dy, step(y)) : dy;
}
