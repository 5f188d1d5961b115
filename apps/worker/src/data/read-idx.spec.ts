import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idxFile } from './idx.testing.js';
import { readIdx } from './read-idx.js';

const values = Uint8Array.from({ length: 24 }, (_, index) => index);
const file = idxFile([4, 3, 2], values);
const refusal = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('readIdx', () => {
  it('reads what was written, plain or gzipped, whatever the name', () => {
    for (const bytes of [file, gzipSync(file)]) {
      const { sizes, data } = readIdx(bytes, 'images', 3);
      expect(sizes).toEqual([4, 3, 2]);
      expect([...data]).toEqual([...values]);
    }
  });

  it('refuses another magic, number of dimensions or type', () => {
    expect(() => readIdx(Uint8Array.from([1, ...file.slice(1)]), 'images', 3)).toThrow(refusal('data.idx-magic', /^images is no IDX file of 3 dimensions/));
    expect(() => readIdx(file, 'labels', 1)).toThrow(refusal('data.idx-magic', /of 1 dimension;/));
    expect(() => readIdx(idxFile([4, 3, 2], values, 13), 'images', 3)).toThrow(refusal('data.idx-type', /type 13/));
  });

  it('refuses any file that is cut short or longer than it says', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: file.length - 1 }), (length) => {
      expect(() => readIdx(file.slice(0, length), 'images', 3)).toThrow(refusal(length < 16 ? 'data.idx-magic' : 'data.idx-length', /fetch it again/));
    }));
    expect(() => readIdx(Uint8Array.from([...file, 0]), 'images', 3)).toThrow(refusal('data.idx-length', /past its end/));
  });

  it('refuses damaged gzip', () => {
    const packed = gzipSync(file);
    expect(() => readIdx(packed.subarray(0, packed.length - 9), 'images', 3)).toThrow(refusal('data.gzip', /damaged or cut short/));
  });
});
