import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChainError } from '../chain-error.js';
import { concatBytes } from '../bytes.js';
import { memoCrypto } from '../testing/memo-crypto.testing.js';
import { refusal } from '../testing/refusal.testing.js';
import { buildSmallChain } from '../testing/test-federation.testing.js';
import { verifyChain } from '../verify/verify-chain.js';
import { decodeChainFile, encodeChainFile } from './chain-file.js';

const FRONT = 28;

describe('chain file', () => {
  it('reads back what it writes', () => {
    const files = fc.record({
      headers: fc.array(fc.uint8Array({ minLength: 176, maxLength: 176 }), { maxLength: 4 }),
      leaves: fc.array(fc.uint8Array({ minLength: 9, maxLength: 300 }), { maxLength: 8 }),
    });
    fc.assert(fc.property(files, (file) => {
      expect(decodeChainFile(encodeChainFile(file))).toEqual(file);
    }));
  });

  it('is refused when anything is cut off or follows', () => {
    const whole = encodeChainFile({ headers: [new Uint8Array(176)], leaves: [new Uint8Array(9), new Uint8Array(20)] });
    for (let length = 0; length < whole.length; length++) {
      expect(refusal(() => decodeChainFile(whole.subarray(0, length))).rule).toBe('file.truncated');
    }
    expect(refusal(() => decodeChainFile(concatBytes(whole, Uint8Array.of(0)))).rule).toBe('file.trailing');
  });

  it.each([
    ['file.magic', 0, 0x47], ['file.version', 11, 2], ['file.truncated', 12, 0xff], ['file.truncated', 20, 0xff], ['file.truncated', 19, 9], ['file.leaf-length', FRONT + 176, 1],
  ])('is refused with %s when byte %i is %i', (rule, offset, value) => {
    const changed = encodeChainFile({ headers: [new Uint8Array(176)], leaves: [new Uint8Array(9)] });
    changed[offset] = value;
    expect(refusal(() => decodeChainFile(changed)).rule).toBe(rule);
  });

  it('holds whole headers only', () => {
    expect(refusal(() => encodeChainFile({ headers: [new Uint8Array(175)], leaves: [] })).rule).toBe('file.header');
  });
});

describe('one changed byte', () => {
  const chain = buildSmallChain({ rounds: 2 });
  const file = encodeChainFile(chain);
  const headersEnd = FRONT + chain.headers.length * 176;
  const crypto = memoCrypto();
  /** Leaf whose length or bytes hold an offset, and whether it is the length. */
  const places = chain.leaves.flatMap((leaf, index) => Array.from({ length: 4 + leaf.length }, (_, i) => ({ leaf: index, inLength: i < 4 })));

  /** What a verifier says of the file with one byte changed. */
  async function verdict(offset: number, mask: number): Promise<ChainError> {
    const changed = Uint8Array.from(file);
    changed[offset] = (changed[offset] as number) ^ mask;
    try {
      await verifyChain(decodeChainFile(changed), crypto);
    } catch (error) {
      if (error instanceof ChainError) return error;
      throw new Error(`byte ${offset} ^ ${mask}: not a ChainError`, { cause: error });
    }
    throw new Error(`byte ${offset} ^ ${mask} was not found`);
  }

  it('is a change of a chain that verifies', async () => {
    expect(places.length).toBe(file.length - headersEnd);
    expect((await verifyChain(decodeChainFile(file), crypto)).rounds).toBe(2);
  });

  it('is found in the front', async () => {
    for (let offset = 0; offset < FRONT; offset++) {
      for (const mask of [0x01, 0x80, 0xff]) expect((await verdict(offset, mask)).rule).not.toBe('');
    }
  });

  it('is found at every byte of every header, and the block is named', async () => {
    for (let offset = FRONT; offset < headersEnd; offset++) {
      for (const mask of [1 << (offset % 8), 0xff]) {
        const { rule, location } = await verdict(offset, mask);
        expect(rule).toMatch(/^header\./);
        expect(location.block).toBe(Math.floor((offset - FRONT) / 176));
      }
    }
  });

  it('is found all over the leaves, and the leaf is named', async () => {
    const kinds = new Set<string>();
    for (let i = 0; i < places.length; i += 9) {
      const { leaf, inLength } = places[i] as { leaf: number; inLength: boolean };
      const { rule, location } = await verdict(headersEnd + i, 1 << (i % 8));
      kinds.add(rule);
      // A wrong length shifts what follows, so the file itself may be what does not fit.
      if (!inLength) expect([rule, location.leaf]).toEqual([rule, leaf]);
    }
    for (const rule of ['update.commit.signature', 'round.close.signature', 'block.link.missing', 'leaf.length', 'contributor.enrol.signers']) expect(kinds).toContain(rule);
  });
});
