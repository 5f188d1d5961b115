import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.js';
import { compress, INITIAL_STATE, readWords, wordsToBytes } from './sha256-words.js';
import { meetsTarget } from './target.js';

/** FIPS 180-4, section 5.1.1, then one compression per block, from a midstate after `skipped` bytes on. */
function finish(midstate: ArrayLike<number>, skipped: number, rest: Uint8Array): Uint8Array {
  const padded = new Uint8Array(64 * Math.ceil((rest.length + 9) / 64));
  padded.set(rest);
  padded[rest.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, 8n * BigInt(skipped + rest.length));
  let state = midstate;
  for (let offset = 0; offset < padded.length; offset += 64) state = compress(state, readWords(padded, offset, 16));
  return wordsToBytes(state);
}

describe('compress', () => {
  it('is SHA-256 for messages of every length around the block boundaries', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
      const expected = createHash('sha256').update(message).digest('hex');
      expect(toHex(finish(INITIAL_STATE, 0, message))).toBe(expected);
    }), { numRuns: 300 });
  });

  it('reads words from the middle of a larger buffer', () => {
    const bytes = Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8).subarray(1);
    expect(Array.from(readWords(bytes, 0, 2))).toEqual([0x01020304, 0x05060708]);
    expect(Array.from(wordsToBytes([0x01020304, 0xfffefdfc]))).toEqual([1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc]);
  });

  // Bitcoin's first block: version, no previous block, Merkle root, time, bits, nonce, little-endian as it is on the wire.
  const genesis = fromHex(
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
    '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  );
  const genesisHash = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';

  it('hashes Bitcoin\'s genesis header from the midstate of its first block', () => {
    const midstate = compress(INITIAL_STATE, readWords(genesis, 0, 16));
    const once = finish(midstate, 64, genesis.subarray(64));
    const twice = finish(INITIAL_STATE, 0, once);
    // Bitcoin prints hashes as little-endian integers.
    expect(toHex(twice.toReversed())).toBe(genesisHash);
    expect(toHex(finish(INITIAL_STATE, 0, finish(INITIAL_STATE, 0, genesis)).toReversed())).toBe(genesisHash);
  });

  it('places that hash where Bitcoin\'s difficulty of 1 and 43 leading zero bits say', () => {
    const hash = fromHex(genesisHash);
    // Bits 1d00ffff mean hash ≤ ffff · 2^208: k = 32, m = ffff0000, and the hash is below it.
    expect(meetsTarget(hash, 32, 0xffff0000)).toBe(true);
    // 0x19d6689c085… · 2^43 begins, after the zeros, with the 32 bits ceb344e0.
    expect(meetsTarget(hash, 43, 0xceb344e1)).toBe(true);
    expect(meetsTarget(hash, 43, 0xceb344e0)).toBe(false);
    expect(meetsTarget(hash, 44, 0xffffffff)).toBe(false);
  });
});
