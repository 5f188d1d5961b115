/**
 * Compiles kernels/*.ts (AssemblyScript) and writes the bytes as base64 to <name>-wasm.ts beside what runs them, so that users
 * need no toolchain. `node kernels/build.mjs --check` writes nothing and fails when a committed file differs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = new URL('./', import.meta.url);

/** Kernel name → the committed TypeScript that carries it. */
export const kernels = {
  'exact-sum': new URL('../src/aggregate/exact-sum-wasm.ts', here),
  'order-statistics': new URL('../src/robust/order-statistics-wasm.ts', here),
  'squared-distances': new URL('../src/robust/squared-distances-wasm.ts', here),
};

/** The memory is shared: threads fold into it side by side, and it grows without taking views of it away. */
const options = [
  '--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert', '--runtime', 'stub',
  '--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory', '--importMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--sharedMemory',
];

/** @returns the module's bytes: the same on every machine for one compiler version. */
export async function compileKernel(name) {
  const source = await readFile(fileURLToPath(new URL(`${name}.ts`, here)), 'utf8');
  let binary;
  const { error, stderr } = await asc.main([`${name}.ts`, '--outFile', 'out.wasm', ...options], {
    readFile: (file) => (file === `${name}.ts` ? source : null),
    writeFile: (file, contents) => void (file === 'out.wasm' && (binary = contents)),
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`kernels/${name}.ts does not compile: ${stderr.toString()}`, { cause: error });
  return binary;
}

/** @returns the text of the TypeScript file that carries `bytes`. */
export function carrierOf(name, bytes) {
  const lines = Buffer.from(bytes).toString('base64').match(/.{1,110}/g);
  return [
    `/** WebAssembly of kernels/${name}.ts, ${bytes.length} bytes, written by kernels/build.mjs: edit the source and rebuild. */`,
    'export const wasmBase64 = [',
    ...lines.map((line) => `  '${line}',`),
    `].join('');`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, target] of Object.entries(kernels)) {
    const text = carrierOf(name, await compileKernel(name));
    if (!process.argv.includes('--check')) await writeFile(target, text);
    else if ((await readFile(target, 'utf8')) !== text) throw new Error(`${fileURLToPath(target)} is stale: run node kernels/build.mjs`);
  }
}
