import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';
import { registerLayerGradients } from '../gradients/layer-gradients.js';

/**
 * Makes a registered backend the one that computes.
 * @throws Error where it does not start
 */
export async function useBackend(registeredName: string): Promise<void> {
  // Skips TensorFlow.js' checks meant for development, and its advertisement for its own native add-on.
  enableProdMode();
  registerLayerGradients();
  if (!(await setBackend(registeredName))) throw new Error(`TensorFlow.js could not start its ${registeredName} backend`);
}
