/** Kernels of this project beside TensorFlow.js' own. Only the WASM backend has them; elsewhere their callers compose. */

/** Gradients of filter and bias of a convolution layer at once: {x, dy, y}, attributes with `filterShape` → [dFilter, dBias]. */
export const CONV2D_LAYER_GRADIENT = 'FedsealConv2DLayerGradient';

/** Gradient of a convolution layer's input through its activation: {dy, filter, y}, attributes with `inputShape` → dx. */
export const CONV2D_LAYER_INPUT_GRADIENT = 'FedsealConv2DLayerInputGradient';

/** One step of Adam: {value, gradient, mean, variance}, attributes `AdamStep` → [value, mean, variance]. */
export const ADAM_STEP = 'FedsealAdamStep';

export interface AdamStep {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** α / (1 − β₁ᵗ) */
  readonly meanScale: number;
  /** 1 / (1 − β₂ᵗ) */
  readonly varianceScale: number;
}

/** One step of gradient descent: {value, gradient}, attributes `{ learningRate }` → value. */
export const SGD_STEP = 'FedsealSgdStep';
