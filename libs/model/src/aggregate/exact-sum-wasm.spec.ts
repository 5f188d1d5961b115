import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { wasmBase64 as orderStatistics } from '../robust/order-statistics-wasm.js';
import { wasmBase64 as squaredDistances } from '../robust/squared-distances-wasm.js';
import { wasmBase64 as exactSum } from './exact-sum-wasm.js';

/** kernels/build.mjs, which is plain JavaScript. */
interface Build {
  kernels: Record<string, URL>;
  compileKernel(name: string): Promise<Uint8Array>;
  carrierOf(name: string, bytes: Uint8Array): string;
}

async function loadBuild(): Promise<Build> {
  return (await import(new URL('../../kernels/build.mjs', import.meta.url).href)) as Build;
}

describe('committed kernels', () => {
  it('are byte for byte what a rebuild gives', async () => {
    const { kernels, compileKernel, carrierOf } = await loadBuild();
    expect(Object.keys(kernels)).toEqual(['exact-sum', 'order-statistics', 'squared-distances']);
    for (const [name, file] of Object.entries(kernels)) {
      expect(carrierOf(name, await compileKernel(name))).toBe(await readFile(file, 'utf8'));
    }
  });

  it.each(Object.entries({ exactSum, orderStatistics, squaredDistances }))('%s holds no relaxed SIMD instruction, whose result may differ between machines', (_, base64) => {
    const { validate } = (globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } }).WebAssembly;
    const bytes = Buffer.from(base64, 'base64');
    expect(validate(bytes)).toBe(true);
    // Relaxed opcodes are 0xfd followed by LEB128 0x100 to 0x12f, that is bytes 80..af 02; shuffles' lanes never reach 0x80.
    for (let i = 0; i + 2 < bytes.length; i++) {
      expect(bytes[i] === 0xfd && bytes[i + 1]! >= 0x80 && bytes[i + 1]! <= 0xaf && bytes[i + 2] === 0x02).toBe(false);
    }
  });
});
