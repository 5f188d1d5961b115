import type { Backend } from './backend.js';
import { useBackend } from './use-backend.js';

/** Plain JavaScript: always there, some hundred times slower; the reference that other backends are checked against. */
export const cpuBackend: Backend = {
  name: 'cpu',
  async open() {
    await import('@tensorflow/tfjs-backend-cpu');
    const activate = () => useBackend('cpu');
    await activate();
    return { available: true, detail: 'plain JavaScript, slow', activate };
  },
};
