import { describe, expect, it } from 'vitest';
import { encodeSafetensors } from './encode-safetensors.js';
import { copyFloats, readLayout } from './read-layout.js';

const tensors = [
  { name: 'b', shape: [3], data: Float32Array.of(1, -0, 3) },
  { name: 'a', shape: [2], data: Float32Array.of(4, 5) },
];
const file = encodeSafetensors(tensors);
const reader = (bytes: Uint8Array) => (start: number, end: number) => Promise.resolve(bytes.subarray(start, end));
const withDtype = (dtype: string) => new TextEncoder().encode(new TextDecoder('latin1').decode(file).replace('F32', dtype));

describe('readLayout', () => {
  it('finds every tensor without reading its data', async () => {
    const asked: number[] = [];
    const layout = await readLayout((start, end) => {
      asked.push(end);
      return Promise.resolve(file.subarray(start, end));
    });
    expect(Math.max(...asked)).toBe(file.length - 20);
    for (const { name, data } of tensors) {
      const begin = layout.get(name)!;
      const out = new Float32Array(data.length - 1);
      copyFloats(file.subarray(begin + 4, begin + data.byteLength), out);
      expect(out).toEqual(data.subarray(1));
    }
  });

  it('copies from where nothing is aligned', () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    const out = new Float32Array(3).subarray(1);
    copyFloats(bytes.subarray(1), out);
    expect([...out]).toEqual([1.5, -2]);
  });

  it.each([
    ['file-truncated', file.subarray(0, 7)],
    ['file-truncated', file.subarray(0, 40)],
    ['header-too-long', Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)],
    ['dtype-unknown', withDtype('F16')],
  ])('refuses %s', async (code, bytes) => {
    await expect(readLayout(reader(bytes))).rejects.toMatchObject({ code });
  });

  it('refuses bytes of another number of elements', () => {
    expect(() => copyFloats(new Uint8Array(4), new Float32Array(2))).toThrow(expect.objectContaining({ code: 'file-truncated' }));
  });
});
