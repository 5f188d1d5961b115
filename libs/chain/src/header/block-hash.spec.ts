import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { meetsTarget } from '../pow/target.js';
import { refusal } from '../testing/refusal.testing.js';
import { blockHash } from './block-hash.js';

/** Bitcoin's block 0, as on the wire. Its hash is SHA-256 twice, read as a little-endian integer. */
const BITCOIN_GENESIS = fromHex(
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
);
const BITCOIN_HASH = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';

describe('block hash', () => {
  it.each([['node:crypto', nodeCrypto], ['noble', nobleCrypto]])("finds the known hash of Bitcoin's genesis header with %s", (_, crypto) => {
    const hash = crypto.sha256(crypto.sha256(BITCOIN_GENESIS)).reverse();
    expect(toHex(hash)).toBe(BITCOIN_HASH);
  });

  it("compares big-endian: Bitcoin's genesis meets its target 0xffff · 2^208 read that way only", () => {
    const hash = fromHex(BITCOIN_HASH);
    // 0xffff · 2^208 = m · 2^(224 − k) with m = 0xffff0000, k = 32.
    expect(meetsTarget(hash, 32, 0xffff0000)).toBe(true);
    expect(meetsTarget(hash.toReversed(), 32, 0xffff0000)).toBe(false);
    // The threshold closest to it from either side: hash = 0xceb344e0 4e… · 2^(224 − 43).
    expect(meetsTarget(hash, 43, 0xceb344e1)).toBe(true);
    expect(meetsTarget(hash, 43, 0xceb344e0)).toBe(false);
  });

  it('is one SHA-256 over 176 bytes and nothing else', () => {
    const header = new Uint8Array(176).fill(7);
    expect(blockHash(nodeCrypto, header)).toEqual(nodeCrypto.sha256(header));
    expect(blockHash(nobleCrypto, header)).toEqual(nodeCrypto.sha256(header));
    expect(refusal(() => blockHash(nodeCrypto, header.subarray(1))).rule).toBe('header.length');
  });
});
