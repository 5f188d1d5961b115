import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, concatBytes, fromHex, toHex, utf8 } from '../bytes.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { preAuthEncoding } from '../crypto/pae.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { refusal } from '../testing/refusal.testing.js';
import { testHash, testSigner } from '../testing/test-chain.testing.js';
import { addSignature } from './add-signature.js';
import { decodeLeaf } from './decode-leaf.js';
import { encodeLeaf } from './encode-leaf.js';
import { LEAF_KINDS, leafKindName, leafPayloadType } from './kinds.js';
import type { Leaf } from './leaf.js';
import { leafHash } from './leaf-hash.js';
import { readLeaf } from './read-leaf.js';
import { encodeLink, signLeaf } from './sign-leaf.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const leaves: fc.Arbitrary<Leaf> = fc.record({
  kind: fc.integer({ min: 0, max: 0xffff }),
  payload: fc.uint8Array({ maxLength: 400 }),
  signatures: fc.uniqueArray(fc.record({ keyId: bytes(32), signature: bytes(64) }), { maxLength: 5, selector: ({ keyId }) => toHex(keyId) }),
});
const chain = testHash('chain');
const annotation = { chain, author: testHash('author'), subject: testHash('subject'), text: 'Two rounds were run on the wrong split.' };
const alice = testSigner('alice');
const bob = testSigner('bob');

describe('leaf format', () => {
  it('is laid out as documented', () => {
    const signature = { keyId: new Uint8Array(32).fill(0xaa), signature: new Uint8Array(64).fill(0xbb) };
    expect(toHex(encodeLeaf({ kind: 17, payload: utf8('{}'), signatures: [signature] }))).toBe(
      `0001001100000002${'7b7d'}01${'aa'.repeat(32)}${'bb'.repeat(64)}`,
    );
  });

  it('reads back what it writes, signatures sorted by keyId', () => {
    fc.assert(fc.property(leaves, (leaf) => {
      const signatures = leaf.signatures.toSorted((a, b) => compareBytes(a.keyId, b.keyId));
      expect(decodeLeaf(encodeLeaf(leaf))).toEqual({ ...leaf, signatures });
    }));
  });

  it('gives every byte string at most one reading', () => {
    fc.assert(fc.property(leaves, fc.nat(), fc.integer({ min: 1, max: 255 }), (leaf, position, mask) => {
      const changed = encodeLeaf(leaf);
      const at = position % changed.length;
      changed[at] = (changed[at] as number) ^ mask;
      try {
        expect(encodeLeaf(decodeLeaf(changed))).toEqual(changed);
      } catch (error) {
        expect(error).toHaveProperty('rule', expect.stringMatching(/^leaf\./));
      }
    }), { numRuns: 500 });
  });

  it('refuses cut and lengthened leaves', () => {
    fc.assert(fc.property(leaves, (leaf) => {
      const whole = encodeLeaf(leaf);
      expect(refusal(() => decodeLeaf(whole.subarray(0, whole.length - 1))).rule).toMatch(/^leaf\./);
      expect(refusal(() => decodeLeaf(concatBytes(whole, Uint8Array.of(0)))).rule).toBe('leaf.length');
    }));
  });

  it('refuses two signatures of one key, written or read, and an order that does not ascend', () => {
    const [low, high] = [alice, bob].sort((a, b) => compareBytes(a.keyId, b.keyId)).map(({ keyId }) => ({ keyId, signature: new Uint8Array(64) }));
    if (!low || !high) throw new Error('two keys');
    expect(refusal(() => encodeLeaf({ kind: 17, payload: utf8('{}'), signatures: [low, high, low] })).rule).toBe('leaf.signatures');
    const encoded = encodeLeaf({ kind: 17, payload: utf8('{}'), signatures: [low, high] });
    const [first, second] = [encoded.slice(11, 107), encoded.slice(107)];
    for (const signatures of [[second, first], [first, first]]) {
      expect(refusal(() => decodeLeaf(concatBytes(encoded.slice(0, 11), ...signatures))).rule).toBe('leaf.signatures');
    }
  });

  it('is 65,535 bytes at most', () => {
    const fits = encodeLeaf({ kind: 17, payload: new Uint8Array(65_526), signatures: [] });
    expect(fits.length).toBe(65_535);
    expect(decodeLeaf(fits).payload.length).toBe(65_526);
    expect(refusal(() => encodeLeaf({ kind: 17, payload: new Uint8Array(65_527), signatures: [] })).rule).toBe('leaf.size');
    expect(refusal(() => decodeLeaf(concatBytes(fits, Uint8Array.of(0)))).rule).toBe('leaf.size');
  });

  it.each([['leaf.size', '0001001100000000'], ['leaf.version', '000200110000000000'], ['leaf.length', '00010011ffffffff00'], ['leaf.length', '000100110000000100']])(
    'refuses with %s: %s',
    (rule, hex) => expect(refusal(() => decodeLeaf(fromHex(hex))).rule).toBe(rule),
  );

  it('hashes under the prefix of RFC 6962', () => {
    expect(toHex(leafHash(nodeCrypto, new Uint8Array(0)))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(leafHash(nobleCrypto, utf8('leaf'))).toEqual(leafHash(nodeCrypto, utf8('leaf')));
  });
});

describe('kinds', () => {
  it('are numbered 1 to 17, and nothing else has a name', () => {
    expect(Object.values(LEAF_KINDS)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1));
    for (const [name, number] of Object.entries(LEAF_KINDS)) expect(leafKindName(number)).toBe(name);
    expect([leafKindName(0), leafKindName(18)]).toEqual([undefined, undefined]);
  });
});

describe('signed leaves', () => {
  const leaf = signLeaf('annotate', annotation, [alice, bob]);

  it('are read with their payload and the very bytes that were signed', () => {
    const read = readLeaf(leaf);
    if (read.kind !== 'annotate') throw new Error(read.kind);
    expect(read.payload).toEqual(annotation);
    const message = preAuthEncoding(leafPayloadType('annotate'), read.payloadBytes);
    expect(read.signatures.map(({ keyId }) => toHex(keyId))).toEqual([alice, bob].map(({ keyId }) => toHex(keyId)).sort());
    for (const { keyId, signature } of read.signatures) {
      const { publicKey } = toHex(keyId) === toHex(alice.keyId) ? alice : bob;
      expect(nodeCrypto.verify(signature, message, publicKey)).toBe(true);
    }
  });

  it('do not depend on who signs first', () => {
    expect(signLeaf('annotate', annotation, [bob, alice])).toEqual(leaf);
    expect(addSignature(signLeaf('annotate', annotation, [alice]), bob)).toEqual(leaf);
    expect(addSignature(signLeaf('annotate', annotation, [bob]), alice)).toEqual(leaf);
  });

  it('take each key once, and links none', () => {
    expect(refusal(() => addSignature(leaf, alice)).rule).toBe('leaf.signatures');
    expect(refusal(() => addSignature(encodeLink(new Uint8Array(176)), alice)).rule).toBe('leaf.kind');
  });

  it('refuse a payload outside the schema, when signed and when read', () => {
    expect(refusal(() => signLeaf('annotate', { ...annotation, text: '' }, [alice])).rule).toBe('annotate.payload');
    const extra = { ...annotation, mood: 'good' };
    expect(refusal(() => signLeaf('annotate', extra, [alice]))).toMatchObject({ rule: 'annotate.payload', message: expect.stringContaining('mood') });
    const payload = utf8(JSON.stringify({ author: annotation.author, chain, subject: annotation.subject }));
    expect(refusal(() => readLeaf(encodeLeaf({ kind: 17, payload, signatures: [] })))).toMatchObject({ rule: 'annotate.payload', message: expect.stringContaining('text') });
  });

  it('refuse kinds and JSON that nobody knows', () => {
    expect(refusal(() => readLeaf(encodeLeaf({ kind: 18, payload: utf8('{}'), signatures: [] }))).rule).toBe('leaf.kind');
    expect(refusal(() => readLeaf(encodeLeaf({ kind: 17, payload: utf8('{"a":1, "b":2}'), signatures: [] }))).rule).toBe('json.canonical');
  });

  it('carry a header as the payload of a link', () => {
    const header = new Uint8Array(176).fill(9);
    expect(readLeaf(encodeLink(header))).toMatchObject({ kind: 'block.link', payload: header, signatures: [] });
    expect(refusal(() => encodeLink(new Uint8Array(175))).rule).toBe('block.link.payload');
    expect(refusal(() => readLeaf(encodeLeaf({ kind: 2, payload: new Uint8Array(175), signatures: [] }))).rule).toBe('block.link.payload');
  });
});
