import { isNotInstalled, shortCause, unavailable, type Backend } from './backend.js';
import { useBackend } from './use-backend.js';

/** The name under which TensorFlow's C library registers itself. */
const REGISTERED_NAME = 'tensorflow';

/**
 * TensorFlow's C library through its Node add-on, where the host has installed it: optional, since its own install step
 * downloads hundreds of megabytes.
 */
function nodeBackend(name: 'tfjs-node' | 'tfjs-node-gpu'): Backend {
  // A variable, so that neither the compiler nor a bundler asks for the package.
  const packageName: string = `@tensorflow/${name}`;
  return {
    name,
    async open() {
      const activate = () => useBackend(REGISTERED_NAME);
      try {
        await import(packageName);
        await activate();
      } catch (error) {
        return unavailable(isNotInstalled(error, packageName) ? 'not installed' : shortCause(error));
      }
      return { available: true, detail: `${packageName} is installed`, activate };
    },
  };
}

export const tfjsNodeGpuBackend = nodeBackend('tfjs-node-gpu');
export const tfjsNodeBackend = nodeBackend('tfjs-node');
