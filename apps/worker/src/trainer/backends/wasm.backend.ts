import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { env, findBackend } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels } from '../wasm-kernels/register-wasm-kernels.js';
import { shortCause, unavailable, type Backend } from './backend.js';
import { useBackend } from './use-backend.js';

const PACKAGE = '@tensorflow/tfjs-backend-wasm';

/** WebAssembly SIMD on one thread, with this project's training kernels. */
export const wasmBackend: Backend = {
  name: 'wasm',
  async open() {
    const activate = () => useBackend('wasm');
    try {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) return unavailable('this processor or Node has no WebAssembly SIMD');
      // From the package's own folder by path: nothing is fetched.
      setWasmPaths(join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), '/'));
      await withoutProcessHandlers(activate);
    } catch (error) {
      return unavailable(shortCause(error));
    }
    extend(findBackend('wasm') as unknown as BackendWasm);
    return { available: true, detail: 'WebAssembly SIMD on one thread', activate };
  },
};

const extended = new WeakSet<BackendWasm>();

function extend(opened: BackendWasm): void {
  if (extended.has(opened)) return;
  extended.add(opened);
  registerWasmKernels(opened);
}

/**
 * Emscripten's loader adds handlers that rethrow every uncaught error of the process from inside its own file: they hide
 * where an error came from, so they are taken off again.
 */
async function withoutProcessHandlers(load: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set<unknown>(process.listeners(event as 'uncaughtException')));
  await load();
  events.forEach((event, index) => {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[index]!.has(listener)) process.removeListener(event, listener);
    }
  });
}
