import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ModelError } from '../model-error.js';
import type { Tensor } from '../tensors.js';
import { decodeSafetensors, type StoredTensor } from './decode-safetensors.js';
import { encodeSafetensors } from './encode-safetensors.js';

/** Seconds of fuzzing; FUZZ_SECONDS=600 runs for ten minutes. */
const seconds = Number(process.env['FUZZ_SECONDS'] ?? '0') || 1;
/** One small file may take this long on a busy machine; whatever takes longer hangs. */
const HANG_MS = 3000;

const tensor = (name: string, shape: number[], fill = 0.5): Tensor => ({
  name, shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(fill),
});

/** A file with any header text. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const seeds = [
  encodeSafetensors([]),
  encodeSafetensors([tensor('conv2d.kernel', [3, 3, 1, 2]), tensor('conv2d.bias', [2]), tensor('é "quoted"', [])]),
  encodeSafetensors([tensor('empty', [0, 4]), tensor('z', [1], Number.NaN)]),
  fileOf('{"__metadata__":{"format":"pt"},"half":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"brain":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}} ', 8),
];

const tokens = [
  '{', '}', '[', ']', ',', ':', '"', '\\', '\\u0061', '\\ud800', '0', '1', '-1', '1e3', '1.0', '01', '9007199254740991', '9007199254740992', '18446744073709551616', '__metadata__', '__proto__',
  '"dtype"', '"shape"', '"data_offsets"', 'F32', 'F16', 'BF16', 'F64', '[0,4]', '[4,0]', '[]', ' ', '\n', '\0', '\ufeff',
].map((token) => new TextEncoder().encode(token));

function splice(bytes: Uint8Array, at: number, drop: number, insert: Uint8Array): Uint8Array {
  const start = at % (bytes.length + 1);
  return Uint8Array.from([...bytes.subarray(0, start), ...insert, ...bytes.subarray(start + drop)]);
}

type Edit = (bytes: Uint8Array) => Uint8Array;
const at = fc.nat({ max: 4095 });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(at, fc.nat({ max: 255 })).map(([place, mask]): Edit => (bytes) => bytes.map((byte, i) => (i === place % bytes.length ? byte ^ mask : byte))),
  fc.tuple(at, fc.constantFrom(...tokens), fc.nat({ max: 8 })).map(([place, insert, drop]): Edit => (bytes) => splice(bytes, place, drop, insert)),
  fc.tuple(at, fc.nat({ max: 30 })).map(([place, drop]): Edit => (bytes) => splice(bytes, place, drop, new Uint8Array(0))),
  // An edit of the header that keeps its length field right reaches further than one that does not.
  fc.tuple(at, fc.constantFrom(...tokens), fc.nat({ max: 8 })).map(([place, insert, drop]): Edit => (bytes) => {
    if (bytes.length < 8) return bytes;
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    if (length > bytes.length - 8) return bytes;
    const header = splice(bytes.subarray(8, 8 + length), place, drop, insert);
    const file = fileOf('', header.length + bytes.length - 8 - length);
    file.set(header, 8);
    file.set(bytes.subarray(8 + length), 8 + header.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    return file;
  }),
);
const inputs = fc.oneof(
  { arbitrary: fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 5 })).map(([seed, edits]) => edits.reduce((bytes, change) => change(bytes), seed)), weight: 20 },
  { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 1 },
);

/** @returns undefined when the file is refused as it should be */
function decoded(bytes: Uint8Array): StoredTensor[] | undefined {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

it('reads or refuses any file, and what it reads covers every byte of the data once', () => {
  let runs = 0;
  let accepted = 0;
  fc.assert(
    fc.property(inputs, (file) => {
      runs++;
      const started = performance.now();
      const tensors = decoded(file);
      if (performance.now() - started > HANG_MS) throw new Error('This file takes too long.');
      if (tensors === undefined) return;
      accepted++;
      const headerBytes = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
      const dataBytes = tensors.reduce((sum, { data, dtype }) => sum + data.length * (dtype === 'F32' ? 4 : 2), 0);
      expect(headerBytes + dataBytes).toBe(file.length);
      expect(new Set(tensors.map(({ name }) => name)).size).toBe(tensors.length);
      // A file has other spellings than ours; the content has one, and reads back from it bit for bit.
      const canonical = encodeSafetensors(tensors);
      expect(encodeSafetensors(decodeSafetensors(canonical))).toEqual(canonical);
    }),
    { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false },
  );
  console.log(`safetensors: ${runs} files, ${accepted} accepted`);
  expect(accepted).toBeGreaterThan(0);
  expect(runs).toBeGreaterThan(accepted);
}, seconds * 1000 + 60_000);

it('refuses long headers of every kind in time', () => {
  const length = (1 << 20) - 100;
  const headers = [
    `{"${'a'.repeat(length)}`, `{"${'\\u0061'.repeat(length / 6)}`, '{'.repeat(length), ' '.repeat(length), `{${' '.repeat(length)}`, `{"a":{"shape":[${'1,'.repeat(length / 2)}`, `{"__metadata__":{${'"a":"b",'.repeat(length / 8)}`,
  ];
  for (const header of headers) {
    const started = performance.now();
    expect(decoded(fileOf(header, 4))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  }
});
