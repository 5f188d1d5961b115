/** TensorFlow.js' own Keras-like layers: an independent way to the same step. */
export { dispose, memory, tensor, train } from '@tensorflow/tfjs-core';
export { layers, sequential, type Sequential } from '@tensorflow/tfjs-layers';
