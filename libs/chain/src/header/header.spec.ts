import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../bytes.js';
import { refusal } from '../testing/refusal.testing.js';
import { decodeHeader, encodeHeader, HEADER_OFFSETS } from './header.js';
import type { Header } from './header.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const headers: fc.Arbitrary<Header> = fc.record({
  height: count, chainId: bytes(32), previousHash: bytes(32), treeSize: count, treeRoot: bytes(32), rounds: count,
  sealStartMs: count, timestampMs: count, k: fc.integer({ min: 0, max: 224 }), m: fc.integer({ min: 2 ** 31, max: 2 ** 32 - 1 }),
  extraNonce: bytes(16), nonce: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
});

const example: Header = {
  height: 0x0102, chainId: new Uint8Array(32).fill(0xaa), previousHash: new Uint8Array(32).fill(0xbb), treeSize: 0x030405,
  treeRoot: new Uint8Array(32).fill(0xcc), rounds: 2, sealStartMs: 1_750_000_000_000, timestampMs: 1_750_000_000_250,
  k: 20, m: 0x9abcdef0, extraNonce: new Uint8Array(16).fill(0xdd), nonce: 0x1122334455667788n,
};

describe('header', () => {
  it('lays its 176 bytes out as documented', () => {
    const expected = concatBytes(
      fromHex('46534c31' + '0001' + '0000' + '0000000000000102'),
      example.chainId, example.previousHash, fromHex('0000000000030405'), example.treeRoot,
      fromHex('0000000000000002' + '000001977420dc00' + '000001977420dcfa' + '14' + '000000' + '9abcdef0'),
      example.extraNonce, fromHex('1122334455667788'),
    );
    expect(expected.length).toBe(176);
    expect(toHex(encodeHeader(example))).toBe(toHex(expected));
  });

  it('reads back whatever it writes, also out of a larger buffer', () => {
    fc.assert(fc.property(headers, (header) => {
      const encoded = encodeHeader(header);
      expect(decodeHeader(encoded)).toEqual(header);
      const larger = new Uint8Array(300);
      larger.set(encoded, 7);
      expect(decodeHeader(larger.subarray(7, 183))).toEqual(header);
    }));
  });

  it('gives every byte string at most one reading: what decodes encodes to the same bytes', () => {
    fc.assert(fc.property(headers, fc.nat({ max: 175 }), fc.integer({ min: 1, max: 255 }), (header, at, mask) => {
      const changed = encodeHeader(header);
      changed[at] = (changed[at] as number) ^ mask;
      try {
        expect(encodeHeader(decodeHeader(changed))).toEqual(changed);
      } catch (error) {
        expect(error).toHaveProperty('rule', expect.stringMatching(/^header\./));
      }
    }), { numRuns: 500 });
  });

  it.each([
    ['header.magic', HEADER_OFFSETS.magic, 0x47], ['header.version', HEADER_OFFSETS.version + 1, 2], ['header.flags', HEADER_OFFSETS.flags, 1],
    ['header.padding', HEADER_OFFSETS.padding, 1], ['header.padding', HEADER_OFFSETS.padding + 2, 1], ['header.k', HEADER_OFFSETS.k, 225],
    ['header.m', HEADER_OFFSETS.m, 0x7f], ['header.field', HEADER_OFFSETS.height, 1], ['header.field', HEADER_OFFSETS.timestampMs + 1, 0x20],
  ])('refuses with %s a byte at %i of %i', (rule, offset, value) => {
    const changed = encodeHeader(example);
    changed[offset] = value;
    expect(refusal(() => decodeHeader(changed)).rule).toBe(rule);
  });

  it('refuses other lengths', () => {
    for (const length of [0, 175, 177]) expect(refusal(() => decodeHeader(new Uint8Array(length))).rule).toBe('header.length');
  });

  it.each<[string, Partial<Header>]>([
    ['header.field', { height: -1 }], ['header.field', { treeSize: 1.5 }], ['header.field', { rounds: 2 ** 53 }], ['header.field', { chainId: new Uint8Array(31) }],
    ['header.field', { nonce: -1n }], ['header.field', { nonce: 1n << 64n }], ['header.k', { k: 225 }], ['header.m', { m: 2 ** 31 - 1 }], ['header.m', { m: 2 ** 32 }],
  ])('refuses to write with %s: %o', (rule, change) => {
    expect(refusal(() => encodeHeader({ ...example, ...change })).rule).toBe(rule);
  });
});
