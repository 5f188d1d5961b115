import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../model-error.js';
import { compareNames, type Tensor } from '../tensors.js';
import { decodeSafetensors } from './decode-safetensors.js';
import { encodeSafetensors } from './encode-safetensors.js';

/** A file with any header text, right or wrong. */
function fileOf(header: string, data: ArrayLike<number> = [], headerLength?: bigint): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  return new Uint8Array(Buffer.concat([length, json, Buffer.from(Uint8Array.from(data))]));
}

function codeOf(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
  return 'decoded';
}

const entry = (name: string, begin: number, end: number, shape = `[${(end - begin) / 4}]`, dtype = 'F32') =>
  `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
const bytes = (count: number) => new Uint8Array(count);

const anyTensors: fc.Arbitrary<Tensor[]> = fc
  .uniqueArray(fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__' && !/\p{Surrogate}/u.test(name)), { maxLength: 6 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.array(fc.nat({ max: 4 }), { maxLength: 3 }).chain((shape) => {
          const count = shape.reduce((product, dimension) => product * dimension, 1);
          return fc.float32Array({ minLength: count, maxLength: count }).map((data) => ({ name, shape, data }));
        }),
      ),
    ),
  );

const bitsOf = (data: Float32Array) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];

describe('encodeSafetensors', () => {
  it('writes these bytes', () => {
    const file = encodeSafetensors([
      { name: 'b', shape: [2], data: Float32Array.of(1, -2) },
      { name: 'a', shape: [], data: Float32Array.of(0.5) },
    ]);
    const header = '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(Buffer.from(file)).toEqual(Buffer.from(fileOf(padded, [0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])));
    expect(createHash('sha256').update(file).digest('hex')).toBe('4942d49bc704ab87c138be612a5f2e9c18697bb7eb51a0b8c75e887cbd34d032');
  });

  it('gives one file for one tensor set, whatever the order, and reads back every bit and name', () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const file = encodeSafetensors(tensors);
        expect(encodeSafetensors([...tensors].reverse())).toEqual(file);
        const read = decodeSafetensors(file);
        const sorted = [...tensors].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
        expect(read.map(({ name, shape, dtype }) => ({ name, shape, dtype }))).toEqual(
          sorted.filter(Boolean).map(({ name, shape }) => ({ name, shape, dtype: 'F32' })),
        );
        read.forEach(({ data }, i) => expect(bitsOf(data)).toEqual(bitsOf(sorted[i]!.data)));
        expect(encodeSafetensors(read)).toEqual(file);
      }),
    );
  });

  it('sorts names as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
    // UTF-16 order would put the emoji's surrogates first.
    expect(compareNames('\u{1f600}', '\uff5e')).toBe(1);
  });

  it('refuses what is no model', () => {
    const one = { name: 'a', shape: [1], data: new Float32Array(1) };
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => encodeSafetensors([one, one])).toThrow(refusal('tensor-duplicate'));
    expect(() => encodeSafetensors([{ ...one, shape: [2] }])).toThrow(refusal('shape-mismatch'));
    expect(() => encodeSafetensors([{ ...one, shape: [-1] }])).toThrow(refusal('shape-invalid'));
    expect(() => encodeSafetensors([{ ...one, name: '__metadata__' }])).toThrow(refusal('tensor-name'));
    expect(() => encodeSafetensors([{ ...one, name: '\ud800' }])).toThrow(refusal('tensor-name'));
    expect(() => encodeSafetensors([{ ...one, name: 'x'.repeat(1 << 20) }])).toThrow(refusal('header-too-long'));
  });
});

describe('decodeSafetensors', () => {
  it('reads entries in any order, metadata, inner spaces and padding', () => {
    const data = Buffer.from(Float32Array.of(1, 2, 3).buffer);
    const header = `{ "__metadata__" : {"format":"pt"} ,\n\t${entry('late', 4, 12)}, ${entry('early', 0, 4, '[1, 1]')}}   `;
    const [early, late, ...rest] = decodeSafetensors(fileOf(header, data));
    expect([early!.name, early!.shape, [...early!.data]]).toEqual(['early', [1, 1], [1]]);
    expect([late!.name, late!.shape, [...late!.data]]).toEqual(['late', [2], [2, 3]]);
    expect(rest).toEqual([]);
    expect(decodeSafetensors(fileOf('{}'))).toEqual([]);
  });

  it('widens F16 and BF16', () => {
    const header = `{${entry('half', 0, 4, '[2]', 'F16')},${entry('brain', 4, 8, '[2]', 'BF16')}}`;
    const read = decodeSafetensors(fileOf(header, [0x00, 0x3e, 0x01, 0x80, 0xc0, 0x3f, 0x80, 0xff]));
    expect(read.map(({ dtype, data }) => [dtype, ...data])).toEqual([['F16', 1.5, -(2 ** -24)], ['BF16', 1.5, -Infinity]]);
  });

  it('views aligned data and copies the rest', () => {
    const file = encodeSafetensors([{ name: 'a', shape: [3], data: Float32Array.of(1, 2, 3) }]);
    expect(decodeSafetensors(file)[0]!.data.buffer).toBe(file.buffer);
    for (const offset of [1, 2, 3]) {
      const shifted = new Uint8Array(file.length + offset).subarray(offset);
      shifted.set(file);
      const { data } = decodeSafetensors(shifted)[0]!;
      expect([...data]).toEqual([1, 2, 3]);
      expect(data.buffer).not.toBe(shifted.buffer);
    }
  });

  it.each([
    ['no length', bytes(7), 'file-truncated'],
    ['a header past the end', fileOf('{}', [], 3n), 'file-truncated'],
    ['a header of 2^20 + 1 bytes', fileOf('{}'.padEnd(2 ** 20 + 1)), 'header-too-long'],
    ['a header of 10 GB', fileOf('{}', [], 10_000_000_000n), 'header-too-long'],
    ['a header of 2^64 − 1 bytes', fileOf('{}', [], 2n ** 64n - 1n), 'header-too-long'],
    ['an empty header', fileOf(''), 'header-syntax'],
    ['a leading space', fileOf(' {}'), 'header-syntax'],
    ['a list', fileOf('[]'), 'header-syntax'],
    ['an open object', fileOf('{'), 'header-syntax'],
    ['text after the object', fileOf('{}x'), 'header-syntax'],
    ['zero bytes as padding', fileOf('{}\0\0'), 'header-syntax'],
    ['bytes that are not UTF-8', (() => { const file = fileOf('{"a":1}'); file[10] = 0xff; return file; })(), 'header-syntax'],
    ['a byte-order mark', fileOf('\ufeff{}'), 'header-syntax'],
    ['a lone surrogate', fileOf(`{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, bytes(4)), 'header-syntax'],
    ['a trailing comma', fileOf(`{${entry('a', 0, 4)},}`, bytes(4)), 'header-syntax'],
    ['two tensors of one name', fileOf(`{${entry('a', 0, 4)},${entry('a', 4, 8)}}`, bytes(8)), 'header-duplicate-key'],
    ['one name spelled twice', fileOf(`{${entry('a', 0, 4)},${entry('\\u0061', 4, 8)}}`, bytes(8)), 'header-duplicate-key'],
    ['two dtypes', fileOf('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4)), 'header-duplicate-key'],
    ['metadata twice', fileOf('{"__metadata__":{},"__metadata__":{}}'), 'header-duplicate-key'],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}'), 'header-syntax'],
    ['no dtype', fileOf('{"a":{"shape":[1],"data_offsets":[0,4]}}', bytes(4)), 'header-syntax'],
    ['no shape', fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', bytes(4)), 'header-syntax'],
    ['no offsets', fileOf('{"a":{"dtype":"F32","shape":[1]}}', bytes(4)), 'header-syntax'],
    ['an unknown field', fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":"y"}}', bytes(4)), 'header-syntax'],
    ['one offset', fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', bytes(4)), 'header-syntax'],
    ['three offsets', fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', bytes(4)), 'header-syntax'],
    ['17 dimensions', fileOf(`{${entry('a', 0, 4, `[${new Array(17).fill(1).join()}]`)}}`, bytes(4)), 'header-syntax'],
    ...['-0', '00', '04', '4.0', '4e0', '0x4', '"4"', '9007199254740993', 'null', '+4', '- 4'].map(
      (end) => [`an offset written ${end}`, fileOf(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,${end}]}}`, bytes(4)), 'header-syntax'] as const,
    ),
    ['a dimension written 1.0', fileOf(`{${entry('a', 0, 4, '[1.0]')}}`, bytes(4)), 'header-syntax'],
    ['an unknown dtype', fileOf(`{${entry('a', 0, 8, '[1]', 'F64')}}`, bytes(8)), 'dtype-unknown'],
    ['an integer dtype', fileOf(`{${entry('a', 0, 4, '[1]', 'I32')}}`, bytes(4)), 'dtype-unknown'],
    ['a dtype of the prototype', fileOf(`{${entry('a', 0, 4, '[1]', 'toString')}}`, bytes(4)), 'dtype-unknown'],
    ['a shape that is too small', fileOf(`{${entry('a', 0, 8, '[1]')}}`, bytes(8)), 'shape-mismatch'],
    ['a shape that is too large', fileOf(`{${entry('a', 0, 8, '[3]')}}`, bytes(8)), 'shape-mismatch'],
    ['a range that is no whole element', fileOf(`{${entry('a', 0, 3, '[1]')}}`, bytes(3)), 'shape-mismatch'],
    ['a shape whose product overflows', fileOf(`{${entry('a', 0, 4, '[4294967296, 4294967296]')}}`, bytes(4)), 'shape-invalid'],
    ['an overflow hidden by a zero', fileOf(`{${entry('a', 0, 0, '[4294967296, 4294967296, 0]')}}`), 'shape-invalid'],
    ['a hole', fileOf(`{${entry('a', 0, 4)},${entry('b', 8, 12)}}`, bytes(12)), 'offsets-invalid'],
    ['a hole at the front', fileOf(`{${entry('a', 4, 8)}}`, bytes(8)), 'offsets-invalid'],
    ['an overlap', fileOf(`{${entry('a', 0, 8)},${entry('b', 4, 12)}}`, bytes(12)), 'offsets-invalid'],
    ['the same range twice', fileOf(`{${entry('a', 0, 4)},${entry('b', 0, 4)}}`, bytes(4)), 'offsets-invalid'],
    ['an end before its beginning', fileOf('{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}', bytes(4)), 'offsets-invalid'],
    ['a range past the end', fileOf(`{${entry('a', 0, 8)}}`, bytes(4)), 'offsets-invalid'],
    ['trailing bytes', fileOf(`{${entry('a', 0, 4)}}`, bytes(5)), 'offsets-invalid'],
    ['data without tensors', fileOf('{}', bytes(4)), 'offsets-invalid'],
  ] as const)('refuses %s', (_, file, code) => {
    expect(codeOf(file)).toBe(code);
  });

  it('reads or refuses a name as long as the header allows, never anything else', () => {
    const header = `{${entry('x'.repeat(2 ** 20 - 100), 0, 4)}}`;
    expect(codeOf(fileOf(header, bytes(4)))).toBe('decoded');
    expect(codeOf(fileOf(`{"${'x'.repeat(2 ** 20 - 100)}`, bytes(4)))).toBe('header-syntax');
    expect(codeOf(fileOf(`{"a":${'{"a":'.repeat(2 ** 17)}`))).toBe('header-syntax');
  });

  it('meets any bytes with a ModelError or a list of tensors that covers them', () => {
    const valid = encodeSafetensors([
      { name: 'a.kernel', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      { name: 'b', shape: [1], data: Float32Array.of(5) },
    ]);
    const read = (file: Uint8Array) => {
      if (codeOf(file) !== 'decoded') return;
      const size = { F32: 4, F16: 2, BF16: 2 };
      const covered = decodeSafetensors(file).reduce((sum, { data, dtype }) => sum + data.length * size[dtype], 0);
      expect(8 + Number(Buffer.from(file).readBigUInt64LE(0)) + covered).toBe(file.length);
    };
    for (let at = 0; at < valid.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = valid.slice();
        flipped[at]! ^= 1 << bit;
        read(flipped);
      }
      read(valid.slice(0, at));
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), read));
  });
});
