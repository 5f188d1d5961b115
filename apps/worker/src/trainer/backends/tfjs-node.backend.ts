import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isNotInstalled, shortCause, unavailable, type Backend } from './backend.js';
import { useBackend } from './use-backend.js';

/** The name under which TensorFlow's C library registers itself. */
const REGISTERED_NAME = 'tensorflow';

const VERSION = '4.22.0';

/** What the package's own install step, or the machine, must bring: docs/BACKENDS.md. */
const NEEDS = {
  'tfjs-node': 'its install step downloads libtensorflow',
  'tfjs-node-gpu': 'its install step downloads libtensorflow 2.9, which wants CUDA 11.2 and cuDNN 8.1',
} as const;

/**
 * TensorFlow's C library through its Node add-on, where the host has installed it: optional, since its own install step
 * downloads hundreds of megabytes.
 * @param folder where `npm install` put the package, when that is not the worker's own installation
 */
export function tfjsNodeBackend(name: keyof typeof NEEDS, folder?: string): Backend {
  const packageName = `@tensorflow/${name}`;
  return {
    name,
    async open() {
      const activate = () => useBackend(REGISTERED_NAME);
      try {
        await import(locate(packageName, folder));
        await activate();
      } catch (error) {
        if (!isNotInstalled(error, packageName)) return unavailable(shortCause(error), 'docs/BACKENDS.md tells how it is built and where it is looked for');
        const where = folder === undefined ? '' : ` in ${resolve(folder)}`;
        return unavailable(`not installed${where}`, `npm install --no-save ${packageName}@${VERSION} (${NEEDS[name]})`);
      }
      return { available: true, detail: `${packageName} is installed`, activate };
    },
  };
}

/** Copies of TensorFlow.js share one engine in a process, so one from another folder serves this worker's too. */
function locate(packageName: string, folder: string | undefined): string {
  if (folder === undefined) return packageName;
  return pathToFileURL(createRequire(resolve(folder, 'package.json')).resolve(packageName)).href;
}
