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
