import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

/** kernels/build.mjs, which is plain JavaScript. */
interface Build {
  kernels: Record<string, URL>;
  compileKernel(name: string): Promise<Uint8Array>;
  carrierOf(name: string, bytes: Uint8Array): string;
}

const build = (await import(new URL('../../../kernels/build.mjs', import.meta.url).href)) as Build;

describe('committed kernels', () => {
  it.each(Object.entries(build.kernels))('%s is byte for byte what a rebuild gives, and has no data or relaxed instruction', async (name, file) => {
    const bytes = await build.compileKernel(name);
    expect(build.carrierOf(name, bytes)).toBe(await readFile(file, 'utf8'));
    // Sections by id: 11 would be data in TensorFlow.js' memory.
    expect(sectionIds(bytes)).not.toContain(11);
    // Relaxed opcodes are 0xfd followed by LEB128 0x100 to 0x12f, that is bytes 80..af 02; shuffles' lanes never reach 0x80.
    for (let i = 0; i + 2 < bytes.length; i++) {
      expect(bytes[i] === 0xfd && bytes[i + 1]! >= 0x80 && bytes[i + 1]! <= 0xaf && bytes[i + 2] === 0x02).toBe(false);
    }
  });
});

function sectionIds(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]!);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return ids;
}
