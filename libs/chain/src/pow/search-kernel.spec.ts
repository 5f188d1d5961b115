import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../header/header.js';
import { HeaderSearch } from './header-search.js';
import { createKernel, LANES } from './search-kernel.js';
import { searchModuleBytes } from './search-module.js';
import { fillSlots, NONCE_WORD } from './search-slots.js';
import { createSearcher } from './searcher.js';

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);

function headerWith(k: number, m: number, nonce: bigint): Uint8Array {
  return encodeHeader({
    height: 1, chainId: filled(32, 0x11), previousHash: filled(32, 0x22), treeSize: 3, treeRoot: filled(32, 0x33), rounds: 1,
    sealStartMs: 1_700_000_000_000, timestampMs: 1_700_000_000_250, k, m, extraNonce: filled(16, 0x44), nonce,
  });
}

function firstWord(header: Uint8Array, low: number): number {
  const tried = Buffer.from(header);
  tried.writeUInt32BE(low, 172);
  return createHash('sha256').update(tried).digest().readUInt32BE(0);
}

describe('the search kernel', () => {
  it('is generated the same every time', () => {
    expect(searchModuleBytes()).toEqual(searchModuleBytes());
  });

  it.each([[0n], [0x1_0000_0007n], [0xffff_ffff_7fff_fff0n]])('computes the first digest word exactly (from nonce %i)', (nonce) => {
    const header = headerWith(9, 0xc0ffee00, nonce);
    const search = new HeaderSearch(header);
    const low = search.tail[NONCE_WORD] as number;
    const kernel = createKernel();
    const hits = (offset: number, groups: number, limit: number) => {
      fillSlots(kernel.memory, search.midstate, search.tail, limit);
      return kernel.search(low + offset, groups);
    };
    for (let offset = 0; offset < 400; offset += LANES) {
      const words = [0, 1, 2, 3].map((lane) => firstWord(header, low + offset + lane));
      // The smallest word of the group is the smallest limit that the group passes, in whichever lane it is.
      const least = Math.min(...words);
      expect(hits(offset, 1, least)).toBe(1);
      expect(hits(offset, 1, least - 1)).toBe(0);
      expect(hits(offset, 1, 0xffffffff)).toBe(1);
    }
    const words = Array.from({ length: 400 }, (_, i) => firstWord(header, low + i));
    const least = Math.min(...words);
    expect(hits(0, 100, least)).toBe(100 - Math.floor(words.indexOf(least) / LANES));
    expect(hits(0, 100, least - 1)).toBe(0);
  });
});

describe('a target of more than 32 leading bits', () => {
  // Found by search: nonces of this header whose hash begins with 32 zero bits, but not low enough for k = 33, m = c0000000.
  const nearMisses = [
    [4941712248n, '0000000097e60d0a415a41c71fdcf2ff876a579cc12e34becce641fd82184c86'],
    [6872109181n, '000000008017c4bda2934c941b8fc8b0fc3b818daf046362eb08893e1c038a5d'],
  ] as const;

  it.each(nearMisses)('stops the kernel at a first word of zero, and is then decided by the bits beyond (nonce %i)', (nonce, hash) => {
    const header = headerWith(33, 0xc0000000, nonce);
    expect(createHash('sha256').update(header).digest('hex')).toBe(hash);
    const search = new HeaderSearch(header);
    const kernel = createKernel();
    fillSlots(kernel.memory, search.midstate, search.tail, search.firstWordLimit);
    const low = search.tail[NONCE_WORD] as number;
    // 25 groups before the nonce's own, in each of the four lanes.
    for (let lane = 0; lane < LANES; lane++) expect(kernel.search(low - 100 - lane, 50)).toBe(25);
    expect(search.meetsTarget()).toBe(false);
    expect(createSearcher(header).run(nonce - 100n, 200)).toBeUndefined();
  });
});

describe('the limit of the first word', () => {
  it.each([
    [0, 0x80000000, 0x7fffffff], [0, 0xffffffff, 0xfffffffe], [1, 0x80000000, 0x3fffffff], [1, 0x80000001, 0x40000000],
    [4, 0xfffffff1, 0x0fffffff], [31, 0x80000000, 0], [31, 0x80000001, 1], [31, 0xffffffff, 1], [32, 0xffffffff, 0],
    [33, 0x80000000, 0], [224, 0xffffffff, 0],
  ])('passes every hash that can meet the target and no larger word (k = %i, m = %i)', (k, m, limit) => {
    expect(new HeaderSearch(headerWith(k, m, 0n)).firstWordLimit).toBe(limit);
  });
});
