import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyHeader, CopyReader, copyRow, copyTrailer, int4, int8 } from './copy-binary.js';

function encode(rows: readonly (readonly Uint8Array[])[]): Buffer {
  return Buffer.concat([copyHeader, ...rows.flatMap(copyRow), copyTrailer]);
}

function decode(pieces: readonly Buffer[]): string[][] {
  const rows: string[][] = [];
  const reader = new CopyReader((fields) => rows.push(fields.map((field) => field.toString('hex'))));
  for (const piece of pieces) reader.push(piece);
  reader.finish();
  return rows;
}

describe('binary COPY', () => {
  it('has the bytes of the manual', () => {
    const bytes = encode([[int8(1n), int4(-2), Buffer.from('x')]]);
    expect(bytes.toString('hex')).toBe(
      '5047434f50590aff0d0a00' + '00000000' + '00000000' + '0003' + '00000008' + '0000000000000001' + '00000004' + 'fffffffe' + '00000001' + '78' + 'ffff',
    );
  });

  it('reads what it wrote, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), { maxLength: 8 }),
        fc.array(fc.nat({ max: 50 }), { maxLength: 60 }),
        (rows, cuts) => {
          const bytes = encode(rows);
          const pieces: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) pieces.push(bytes.subarray(at, (at = Math.min(bytes.length, at + cut))));
          pieces.push(bytes.subarray(at));
          expect(decode(pieces)).toEqual(rows.map((row) => row.map((field) => Buffer.from(field).toString('hex'))));
        },
      ),
    );
  });

  it('refuses what is not complete, not COPY, or goes on after its end', () => {
    const bytes = encode([[Buffer.from('field')]]);
    for (let length = 0; length < bytes.length; length++) expect(() => decode([bytes.subarray(0, length)])).toThrow();
    expect(() => decode([Buffer.concat([bytes, Buffer.from('x')])])).toThrow('follow the end');
    expect(() => decode([Buffer.alloc(30)])).toThrow('Not binary COPY');
    const nothing = Buffer.concat([copyHeader, Buffer.from([0, 1]), int4(-1), copyTrailer]);
    expect(() => decode([nothing])).toThrow('null');
  });
});
