/**
 * A model as a plan declares it: a Keras-like list of layers with every default filled in. The wire's schema
 * (`@fedseal/protocol/plan`) produces values of these types; this library imports nothing and states them itself.
 */

/** One number for both axes, or [height, width]. */
export type Size2 = number | [number, number];
export type Padding = 'valid' | 'same';
export type Activation = 'linear' | 'relu' | 'softmax';

export interface Conv2dSpec {
  type: 'conv2d';
  name?: string | undefined;
  filters: number;
  kernelSize: Size2;
  strides: Size2;
  padding: Padding;
  activation: Activation;
}

export interface MaxPooling2dSpec {
  type: 'maxPooling2d';
  name?: string | undefined;
  poolSize: Size2;
  /** The pool's size when absent. */
  strides?: Size2 | undefined;
  padding: Padding;
}

export interface FlattenSpec {
  type: 'flatten';
  name?: string | undefined;
}

export interface DenseSpec {
  type: 'dense';
  name?: string | undefined;
  units: number;
  activation: Activation;
}

export type LayerSpec = Conv2dSpec | MaxPooling2dSpec | FlattenSpec | DenseSpec;

export interface ModelSpec {
  name: string;
  /** Without the batch: [height, width, channels] or [features]. */
  inputShape: number[];
  layers: LayerSpec[];
  /** Names of the classes, in order of the outputs. */
  labels?: string[] | undefined;
}

export function pair(size: Size2): [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}
