import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import type * as entry from './browser-entry.testing.js';

/** As much of vite's interface as is used here; vite comes with vitest, wherever that keeps it. */
interface Vite {
  build(options: object): Promise<readonly { output: readonly { type: string; code: string; moduleIds: readonly string[] }[] }[]>;
}

export interface BrowserBundle {
  readonly code: string;
  /** Every module in it. */
  readonly moduleIds: readonly string[];
}

/** Bundles `browser-entry.testing.ts` for browsers into one script that sets `fedseal`. */
export async function bundleForBrowser(): Promise<BrowserBundle> {
  const require = createRequire(import.meta.resolve('vitest'));
  const vite = await import(pathToFileURL(require.resolve('vite')).href) as Vite;
  const [bundle] = await vite.build({
    configFile: false,
    root: resolve(import.meta.dirname, '..'),
    logLevel: 'silent',
    resolve: { conditions: ['@fedseal/source', 'module', 'browser', 'import', 'default'] },
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      lib: { entry: resolve(import.meta.dirname, 'browser-entry.testing.ts'), formats: ['iife'], name: 'fedseal' },
    },
  });
  const chunk = bundle?.output[0];
  if (bundle?.output.length !== 1 || chunk?.type !== 'chunk') throw new Error('The bundle is not one script.');
  return { code: chunk.code, moduleIds: chunk.moduleIds };
}

/**
 * Runs the script in a realm that has the language, these globals of the web, and nothing of Node.
 * @returns what the entry exports, and a way to run a line there
 */
export function loadInBareRealm({ code }: BrowserBundle): { exports: typeof entry; run: (line: string) => unknown } {
  const realm = createContext({ TextEncoder, TextDecoder, WebAssembly: Reflect.get(globalThis, 'WebAssembly') as unknown });
  runInContext(`${code}\n;globalThis.fedseal = fedseal;`, realm, { filename: 'fedseal.js' });
  return { exports: (realm as { fedseal: typeof entry }).fedseal, run: (line) => runInContext(line, realm) };
}
