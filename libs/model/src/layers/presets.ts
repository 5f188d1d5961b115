import type { DenseSpec, ModelSpec } from './layer-spec.js';

/** Models that a plan can name instead of listing layers. */

const classify10: DenseSpec = { type: 'dense', units: 10, activation: 'softmax' };

/** Conv 32 3×3 relu → max-pool 2×2 → flatten → dense 10 on 28×28×1; 54,410 parameters. */
export const missionCnn: ModelSpec = {
  name: 'mission-cnn',
  inputShape: [28, 28, 1],
  layers: [
    { type: 'conv2d', filters: 32, kernelSize: 3, strides: 1, padding: 'valid', activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2, padding: 'valid' },
    { type: 'flatten' },
    classify10,
  ],
};

/**
 * The MNIST CNN of McMahan et al. 2017, "Communication-Efficient Learning of Deep Networks from Decentralized Data"
 * (arXiv:1602.05629), section 3; 1,663,370 parameters as the paper states, which fixes padding `same`.
 */
export const mcmahanCnn: ModelSpec = {
  name: 'mcmahan-cnn',
  inputShape: [28, 28, 1],
  layers: [
    { type: 'conv2d', filters: 32, kernelSize: 5, strides: 1, padding: 'same', activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2, padding: 'valid' },
    { type: 'conv2d', filters: 64, kernelSize: 5, strides: 1, padding: 'same', activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2, padding: 'valid' },
    { type: 'flatten' },
    { type: 'dense', units: 512, activation: 'relu' },
    classify10,
  ],
};

/** The "2NN" of the same paper: two hidden layers of 200 on 28×28×1; 199,210 parameters. */
export const mcmahan2nn: ModelSpec = {
  name: 'mcmahan-2nn',
  inputShape: [28, 28, 1],
  layers: [
    { type: 'flatten' },
    { type: 'dense', units: 200, activation: 'relu' },
    { type: 'dense', units: 200, activation: 'relu' },
    classify10,
  ],
};

/**
 * The CIFAR-10 model of the same paper: "taken from the TensorFlow tutorial", two convolutions and three dense layers, here
 * without the tutorial's local response normalisation, on whole images of 32×32×3; 1,756,426 parameters. On the paper's
 * crops of 24×24 the same list has 1,068,298, its "about 10^6".
 */
export const cifarCnn: ModelSpec = {
  name: 'cifar-cnn',
  inputShape: [32, 32, 3],
  layers: [
    { type: 'conv2d', filters: 64, kernelSize: 5, strides: 1, padding: 'same', activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 3, strides: 2, padding: 'same' },
    { type: 'conv2d', filters: 64, kernelSize: 5, strides: 1, padding: 'same', activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 3, strides: 2, padding: 'same' },
    { type: 'flatten' },
    { type: 'dense', units: 384, activation: 'relu' },
    { type: 'dense', units: 192, activation: 'relu' },
    classify10,
  ],
};

/** By the name that a plan gives. */
export const PRESETS: Readonly<Record<string, ModelSpec>> = Object.fromEntries(
  [missionCnn, mcmahanCnn, mcmahan2nn, cifarCnn].map((preset) => [preset.name, preset]),
);
