import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChainError } from '../chain-error.js';
import { encodeHeader } from '../header/header.js';
import { createReferenceSearcher } from './reference-searcher.js';
import { CHUNK_TRIES, createSearcher } from './searcher.js';
import type { Searcher } from './searcher.js';

const END = 2n ** 64n;

function headerWith(k: number, m: number, fill = 0x5a): Uint8Array {
  const bytes = (length: number, salt: number) => new Uint8Array(length).map((_, i) => (fill * (i + 1) + salt) & 0xff);
  return encodeHeader({
    height: 12, chainId: bytes(32, 1), previousHash: bytes(32, 2), treeSize: 345, treeRoot: bytes(32, 3), rounds: 2,
    sealStartMs: 1_700_000_000_000, timestampMs: 1_700_000_000_250, k, m, extraNonce: bytes(16, 4), nonce: 0n,
  });
}

/** The rule, spelled out with node:crypto alone. */
function isFind(header: Uint8Array, nonce: bigint): boolean {
  const tried = Buffer.from(header);
  tried.writeBigUInt64BE(nonce, 168);
  const hash = BigInt(`0x${createHash('sha256').update(tried).digest('hex')}`);
  return hash << BigInt(tried.readUInt8(144)) < BigInt(tried.readUInt32BE(148)) << 224n;
}

function findsByBruteForce(header: Uint8Array, start: bigint, tries: number): bigint[] {
  const nonces = Array.from({ length: tries }, (_, i) => (start + BigInt(i)) % END);
  return nonces.filter((nonce) => isFind(header, nonce));
}

/** Every find in the range, in order, by running on after each. */
function findsOf(searcher: Searcher, start: bigint, tries: number): bigint[] {
  const finds: bigint[] = [];
  for (let done = 0; done < tries; ) {
    const nonce = searcher.run((start + BigInt(done)) % END, tries - done);
    if (nonce === undefined) break;
    finds.push(nonce);
    done = Number((nonce - start + END) % END) + 1;
  }
  return finds;
}

describe('a searcher', () => {
  it.each([
    [0, 0x80000000, 3_000], [0, 0xffffffff, 1_000], [1, 0xabcdef01, 3_000], [4, 0x80000001, 20_000], [7, 0xc0ffee11, 40_000],
    [10, 0x9e3779b9, 80_000], [13, 0xffffffff, 120_000], [33, 0x80000000, 20_000], [224, 0xffffffff, 20_000],
  ])('finds exactly what brute force finds (k = %i, m = %i, %i nonces)', (k, m, tries) => {
    const header = headerWith(k, m);
    expect(findsOf(createSearcher(header), 0n, tries)).toEqual(findsByBruteForce(header, 0n, tries));
  });

  it.each([[1n], [2n], [3n], [5n], [0x1234567n], [0xfedcba9876543211n]])('starts at any nonce (%i)', (start) => {
    const header = headerWith(5, 0xd1b54a33);
    const expected = findsByBruteForce(header, start, 4_001);
    expect(expected.length).toBeGreaterThan(50);
    expect(findsOf(createSearcher(header), start, 4_001)).toEqual(expected);
  });

  it.each([[2n ** 32n], [7n * 2n ** 32n], [2n ** 63n], [END]])('carries from the low into the high word at %i', (carry) => {
    const header = headerWith(3, 0xb7e15163);
    const searcher = createSearcher(header);
    for (const before of [1n, 2n, 3n, 4n, 5n, 37n, 1000n]) {
      const start = carry - before;
      const expected = findsByBruteForce(header, start, 2_000);
      // Finds beyond the carry, so that it is crossed in earnest.
      expect(expected.some((nonce) => (nonce - start + END) % END >= before)).toBe(true);
      expect(findsOf(searcher, start, 2_000)).toEqual(expected);
    }
  });

  it('tries no nonce beyond the range', () => {
    const header = headerWith(6, 0x80000000);
    const searcher = createSearcher(header);
    const first = searcher.run(0n, 100_000) as bigint;
    for (let before = 0; before < 12; before++) {
      const start = first - BigInt(before);
      if (start < 0n) break;
      expect(searcher.run(start, before)).toBeUndefined();
      expect(searcher.run(start, before + 1)).toBe(first);
    }
    expect(searcher.run(first, 0)).toBeUndefined();
  });

  it('goes on from chunk to chunk', () => {
    const header = headerWith(18, 0xe0000000);
    const tries = 6 * CHUNK_TRIES + 3;
    const expected = findsByBruteForce(header, 77n, tries);
    expect(expected.filter((nonce) => nonce > CHUNK_TRIES).length).toBeGreaterThan(0);
    expect(findsOf(createSearcher(header), 77n, tries)).toEqual(expected);
  });

  it('sees a changed timestamp', () => {
    const header = headerWith(8, 0xa0000000);
    const searcher = createSearcher(header);
    const reference = createReferenceSearcher(header);
    const before = findsOf(searcher, 0n, 5_000);
    for (const timestampMs of [1_700_000_000_251, 1_700_000_004_096, 2 ** 40 + 1, 2 ** 53 - 1]) {
      new DataView(header.buffer).setBigUint64(136, BigInt(timestampMs));
      searcher.setTimestamp(timestampMs);
      reference.setTimestamp(timestampMs);
      const expected = findsByBruteForce(header, 0n, 5_000);
      expect(expected).not.toEqual(before);
      expect(findsOf(searcher, 0n, 5_000)).toEqual(expected);
      expect(findsOf(reference, 0n, 5_000)).toEqual(expected);
    }
  });

  it('keeps searchers apart', () => {
    const headers = [headerWith(8, 0xa0000000, 1), headerWith(9, 0xb0000000, 2)] as const;
    const searchers = headers.map((header) => createSearcher(header)) as [Searcher, Searcher];
    for (const start of [0n, 1_000n, 2_000n]) {
      expect(findsOf(searchers[0], start, 1_000)).toEqual(findsByBruteForce(headers[0], start, 1_000));
      expect(findsOf(searchers[1], start, 1_000)).toEqual(findsByBruteForce(headers[1], start, 1_000));
    }
  });

  it('agrees with the reference on any header, target, start and count', () => {
    const cases = fc.record({
      head: fc.uint8Array({ minLength: 144, maxLength: 144 }), extraNonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      k: fc.integer({ min: 0, max: 12 }), m: fc.integer({ min: 2 ** 31, max: 2 ** 32 - 1 }),
      start: fc.bigInt({ min: 0n, max: END - 1n }), tries: fc.integer({ min: 0, max: 700 }),
    });
    fc.assert(fc.property(cases, ({ head, extraNonce, k, m, start, tries }) => {
      const header = headerWith(k, m);
      header.set(head);
      header.set(extraNonce, 152);
      const expected = findsByBruteForce(header, start, tries);
      expect(findsOf(createSearcher(header), start, tries)).toEqual(expected);
      expect(findsOf(createReferenceSearcher(header), start, tries)).toEqual(expected);
    }), { numRuns: 150 });
  });

  it.each([
    ['header.length', headerWith(0, 2 ** 31).subarray(1)],
    ['header.k', headerWith(0, 2 ** 31).fill(225, 144, 145)],
    ['header.m', headerWith(0, 2 ** 31).fill(0, 148, 149)],
  ])('refuses a header by %s', (rule, header) => {
    for (const create of [createSearcher, createReferenceSearcher]) {
      expect(() => create(header)).toThrow(ChainError);
      expect(() => create(header)).toThrow(expect.objectContaining({ rule }));
    }
  });
});
