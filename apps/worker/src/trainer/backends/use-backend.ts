import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';
import { registerLayerGradients } from '../gradients/layer-gradients.js';

/** Switches wait for each other: TensorFlow.js gives up one that another overtakes. */
let switching: Promise<unknown> = Promise.resolve();

/**
 * Makes a registered backend the one that computes: a process has one at a time.
 * @throws Error where it does not start
 */
export function useBackend(registeredName: string): Promise<void> {
  const turn = switching.then(() => switchTo(registeredName));
  switching = turn.catch(() => undefined);
  return turn;
}

async function switchTo(registeredName: string): Promise<void> {
  // Skips TensorFlow.js' checks meant for development, and its advertisement for its own native add-on.
  enableProdMode();
  registerLayerGradients();
  if (!(await setBackend(registeredName))) throw new Error(`TensorFlow.js could not start its ${registeredName} backend`);
}
