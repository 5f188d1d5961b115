import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, concatBytes, equalBytes, fromBase64url, fromHex, toBase64url, toHex, utf8 } from './bytes.js';
import { refusal } from './testing/refusal.testing.js';

const bytes = fc.uint8Array({ maxLength: 80 });

describe('bytes', () => {
  it('writes and reads hex and base64url as Node does', () => {
    fc.assert(fc.property(bytes, (value) => {
      expect(toHex(value)).toBe(Buffer.from(value).toString('hex'));
      expect(toBase64url(value)).toBe(Buffer.from(value).toString('base64url'));
      expect(fromHex(toHex(value))).toEqual(value);
      expect(fromBase64url(toBase64url(value))).toEqual(value);
    }));
  });

  it.each(['0', 'AB', 'zz', ' 00', '0x00', '00 '])('refuses %j as hex', (text) => {
    expect(refusal(() => fromHex(text)).rule).toBe('bytes.hex');
  });

  it.each(['A', 'AA==', 'A+A', 'AB', 'AAB', 'AA A', 'AAAAA', 'é'])('refuses %j as base64url', (text) => {
    expect(refusal(() => fromBase64url(text)).rule).toBe('bytes.base64url');
  });

  it('orders bytes as Node does, prefixes first', () => {
    fc.assert(fc.property(bytes, bytes, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
    }));
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0);
    expect(compareBytes(Uint8Array.of(0x80), Uint8Array.of(0x7f))).toBeGreaterThan(0);
  });

  it('joins bytes', () => {
    expect(concatBytes(utf8('a'), new Uint8Array(0), utf8('é'))).toEqual(Uint8Array.of(0x61, 0xc3, 0xa9));
  });
});
