import { _FusedMatMul, engine, FusedConv2D, maxPool, reshape, softmax, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { resolveLayers, type ResolvedLayer } from '@fedseal/model/layers/resolve-layers';
import { pair, type Activation, type ModelSpec } from '@fedseal/model/layers/layer-spec';
import type { TensorShape } from '@fedseal/model/tensors';
import { WorkerError } from '../worker-error.js';

/** A model's forward pass: examples [n, …inputShape] to logits [n, classes], before any final softmax. */
export interface Network {
  /** Names and shapes of its tensors, in the order of the layers. */
  readonly tensors: readonly TensorShape[];
  readonly inputShape: readonly number[];
  readonly classes: number;
  logits(x: Tensor, weight: WeightOf): Tensor2D;
}

/** The tensor of a name such as `conv2d.kernel`. */
export type WeightOf = (name: string) => Tensor;

type Layer = (x: Tensor, weight: WeightOf) => Tensor;

/**
 * The one place where a plan's layer list becomes TensorFlow.js operations.
 *
 * A softmax in the last layer is left to the loss, which stays exact where exp would overflow or a probability
 * underflow; any other last activation is read as logits.
 * @throws ModelError where the layers do not fit together, WorkerError `model.output` when the last one is not flat
 */
export function buildModel(model: ModelSpec): Network {
  const resolved = resolveLayers(model);
  const output = resolved.at(-1)?.outputShape;
  const [classes] = output ?? [];
  if (output?.length !== 1 || classes === undefined) {
    throw new WorkerError('model.output', `End the model "${model.name}" with a dense layer: one unit for each class.`);
  }
  const layers = resolved.map((layer, index) => buildLayer(layer, index === resolved.length - 1));
  return {
    tensors: resolved.flatMap((layer) => layer.tensors.map(({ name, shape }) => ({ name, shape }))),
    inputShape: model.inputShape,
    classes,
    logits: (x, weight) => layers.reduce((value, layer) => layer(value, weight), x) as Tensor2D,
  };
}

function buildLayer({ name, spec }: ResolvedLayer, isLast: boolean): Layer {
  switch (spec.type) {
    case 'conv2d': {
      const strides = pair(spec.strides);
      return withActivation(spec.activation, isLast, (activation) => {
        const attributes = { strides, pad: spec.padding, dilations: [1, 1], dataFormat: 'NHWC', activation };
        return (x, weight) =>
          engine().runKernel<Tensor>(
            FusedConv2D, { x, filter: weight(`${name}.kernel`), bias: weight(`${name}.bias`) }, attributes,
          );
      });
    }
    case 'dense':
      return withActivation(spec.activation, isLast, (activation) => (x, weight) =>
        dense(x as Tensor2D, weight(`${name}.kernel`) as Tensor2D, weight(`${name}.bias`), activation));
    case 'maxPooling2d': {
      const size = pair(spec.poolSize);
      const strides = pair(spec.strides ?? spec.poolSize);
      return (x) => maxPool(x as Tensor4D, size, strides, spec.padding);
    }
    case 'flatten':
      return (x) => reshape(x, [x.shape[0]!, x.size / x.shape[0]!]);
  }
}

type Fused = 'linear' | 'relu';

/** Softmax is no part of the fused kernels: it follows them, except at the end. */
function withActivation(activation: Activation, isLast: boolean, build: (fused: Fused) => Layer): Layer {
  if (activation !== 'softmax') return build(activation);
  const linear = build('linear');
  return isLast ? linear : (x, weight) => softmax(linear(x, weight));
}

/** [n, inputs] · [inputs, units] + bias; the fused kernel takes batches of matrices, here one. */
function dense(x: Tensor2D, kernel: Tensor2D, bias: Tensor, activation: Fused): Tensor2D {
  const a = reshape(x, [1, ...x.shape]);
  const b = reshape(kernel, [1, ...kernel.shape]);
  const y = engine().runKernel<Tensor>(_FusedMatMul, { a, b, bias }, { transposeA: false, transposeB: false, activation });
  return reshape(y, [x.shape[0], kernel.shape[1]]);
}
