import { describe, expect, it } from 'vitest';
import { widenBfloat16, widenFloat16 } from './dtype.js';

function valueOf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** IEEE 754 binary16 by its definition; a NaN for exponent 31 with a fraction. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14);
}

describe('widening', () => {
  it('gives the value of every one of the 65,536 float16', () => {
    const wrong = [];
    for (let bits = 0; bits < 0x10000; bits++) if (!Object.is(valueOf(widenFloat16(bits)), float16(bits))) wrong.push(bits);
    expect(wrong).toEqual([]);
  });

  it('keeps a NaN a NaN with its sign and payload', () => {
    expect(widenFloat16(0xfe01) >>> 0).toBe(0xffc02000);
    expect(widenFloat16(0x7c01) >>> 0).toBe(0x7f802000);
  });

  it('puts a bfloat16 in the upper half of a float32', () => {
    expect(valueOf(widenBfloat16(0x3fc0))).toBe(1.5);
    expect(valueOf(widenBfloat16(0xc2f7))).toBe(-123.5);
    expect(valueOf(widenBfloat16(0x0001))).toBe(2 ** -133);
    expect(Object.is(valueOf(widenBfloat16(0x8000)), -0)).toBe(true);
    expect(widenBfloat16(0xff81) >>> 0).toBe(0xff810000);
  });
});
