import { ModelError } from '../model-error.js';
import { elementCount } from '../tensors.js';
import { pair, type Conv2dSpec, type DenseSpec, type LayerSpec, type MaxPooling2dSpec, type Padding } from './layer-spec.js';
import type { TensorSpec } from './tensor-spec.js';

/** What a layer makes of its input's shape, and its tensors under their names within the layer. */
export interface LayerForm {
  readonly outputShape: readonly number[];
  readonly tensors: readonly TensorSpec[];
}

/** @throws ModelError `layer-input-rank`, `layer-window` */
export function layerForm(spec: LayerSpec, name: string, inputShape: readonly number[]): LayerForm {
  switch (spec.type) {
    case 'conv2d':
      return conv2dForm(spec, name, image(name, inputShape));
    case 'maxPooling2d':
      return maxPooling2dForm(spec, name, image(name, inputShape));
    case 'flatten':
      return { outputShape: [elementCount(inputShape)], tensors: [] };
    case 'dense':
      return denseForm(spec, name, inputShape);
  }
}

type Image = readonly [height: number, width: number, channels: number];

/** Kernel layout HWIO, as Keras and TensorFlow.js have it. */
function conv2dForm(spec: Conv2dSpec, name: string, [height, width, channels]: Image): LayerForm {
  const [kernelHeight, kernelWidth] = pair(spec.kernelSize);
  const [strideY, strideX] = pair(spec.strides);
  const area = kernelHeight * kernelWidth;
  const fans = { fanIn: area * channels, fanOut: area * spec.filters };
  return {
    outputShape: [
      windows(name, height, kernelHeight, strideY, spec.padding),
      windows(name, width, kernelWidth, strideX, spec.padding),
      spec.filters,
    ],
    tensors: kernelAndBias([kernelHeight, kernelWidth, channels, spec.filters], spec.filters, fans),
  };
}

function maxPooling2dForm(spec: MaxPooling2dSpec, name: string, [height, width, channels]: Image): LayerForm {
  const [poolHeight, poolWidth] = pair(spec.poolSize);
  const [strideY, strideX] = pair(spec.strides ?? spec.poolSize);
  return {
    outputShape: [
      windows(name, height, poolHeight, strideY, spec.padding),
      windows(name, width, poolWidth, strideX, spec.padding),
      channels,
    ],
    tensors: [],
  };
}

/** Kernel layout [inputs, units]. */
function denseForm({ units }: DenseSpec, name: string, inputShape: readonly number[]): LayerForm {
  const [inputs] = inputShape;
  if (inputs === undefined || inputShape.length !== 1) {
    throw new ModelError('layer-input-rank', `The dense layer ${name} needs a flat input; put a flatten layer before it.`);
  }
  return { outputShape: [units], tensors: kernelAndBias([inputs, units], units, { fanIn: inputs, fanOut: units }) };
}

function kernelAndBias(kernel: number[], units: number, fans: { fanIn: number; fanOut: number }): TensorSpec[] {
  return [
    { name: 'kernel', shape: kernel, ...fans, role: 'trainable', initializer: 'glorotUniform' },
    { name: 'bias', shape: [units], ...fans, role: 'trainable', initializer: 'zeros' },
  ];
}

/** Positions of a window along one axis, as TensorFlow counts them: `valid` stays inside, `same` pads to ⌈size / stride⌉. */
function windows(name: string, size: number, window: number, stride: number, padding: Padding): number {
  const count = padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
  if (count < 1) throw new ModelError('layer-window', `The window of ${name} (${window}) is larger than its input (${size}).`);
  return count;
}

function image(name: string, shape: readonly number[]): Image {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw new ModelError('layer-input-rank', `The layer ${name} needs an input of [height, width, channels], not [${shape.join(', ')}].`);
  }
  return [height, width, channels];
}
