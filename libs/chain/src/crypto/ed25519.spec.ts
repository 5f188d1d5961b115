import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex, utf8 } from '../bytes.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { createSigner } from '../native/node-signer.js';
import { refusal } from '../testing/refusal.testing.js';
import { describeVectors, readJson } from '../testing/vectors.testing.js';
import { keyIdOf } from './key-id.js';
import { nobleCrypto } from './noble-crypto.js';
import { preAuthEncoding } from './pae.js';
import { checkPublicKey } from './public-key.js';

const { Point } = ed25519;
const L = Point.Fn.ORDER;
/** A point of order 8; its multiples are all the points of small order. */
const TORSION = Point.fromBytes(fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'));
const littleEndian = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse();
const scalar = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes.toReversed())}`);
const challenge = (r: Uint8Array, key: Uint8Array, message: Uint8Array) =>
  scalar(new Uint8Array(createHash('sha512').update(r).update(key).update(message).digest())) % L;

/** Both implementations' one answer. */
function verify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const native = nodeCrypto.verify(signature, message, key);
  expect(nobleCrypto.verify(signature, message, key)).toBe(native);
  return native;
}

describe('Ed25519', () => {
  const signer = createSigner(fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'));
  const message = utf8('message');

  it('signs as RFC 8032, section 7.1, test 1', () => {
    expect(toHex(signer.publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(toHex(signer.sign(new Uint8Array(0)))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
    expect(signer.keyId).toEqual(keyIdOf(nobleCrypto, signer.publicKey));
    expect(() => createSigner(new Uint8Array(31))).toThrow('32 bytes');
  });

  it('gives one answer in both implementations, also to changed signatures, messages and keys', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 127 }), fc.nat({ max: 7 }), (seed, text, at, bit) => {
      const { publicKey, sign } = createSigner(seed);
      const signature = sign(text);
      expect(verify(signature, text, publicKey)).toBe(true);
      const whole = concatBytes(signature, publicKey, fc.sample(fc.constant(text), 1)[0] as Uint8Array);
      const position = at % whole.length;
      whole[position] = (whole[position] as number) ^ (1 << bit);
      expect(verify(whole.slice(0, 64), whole.slice(96), whole.slice(64, 96))).toBe(false);
    }), { numRuns: 150 });
  });

  it('refuses S + L, which is the same scalar again', () => {
    const signature = signer.sign(message);
    const larger = concatBytes(signature.slice(0, 32), littleEndian(scalar(signature.slice(32)) + L));
    expect(verify(larger, message, signer.publicKey)).toBe(false);
  });

  it('refuses what only the cofactored equation accepts: R with a torsion part', () => {
    const secret = 1234567n;
    const key = Point.BASE.multiply(secret).toBytes();
    const nonce = 987654n;
    for (let i = 1n; i < 8n; i++) {
      const r = Point.BASE.multiply(nonce).add(TORSION.multiplyUnsafe(i)).toBytes();
      const signature = concatBytes(r, littleEndian((nonce + challenge(r, key, message) * secret) % L));
      expect(ed25519.verify(signature, message, key)).toBe(true);
      expect(verify(signature, message, key)).toBe(false);
    }
  });

  it('refuses wrong lengths', () => {
    const signature = signer.sign(message);
    for (const crypto of [nodeCrypto, nobleCrypto]) {
      expect(crypto.verify(signature.slice(1), message, signer.publicKey)).toBe(false);
      expect(crypto.verify(signature, message, signer.publicKey.slice(1))).toBe(false);
    }
  });

  it('hashes alike', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(nobleCrypto.sha256(bytes)).toEqual(nodeCrypto.sha256(bytes));
    }));
  });
});

describe('public keys', () => {
  it('accepts keys of the prime-order group', () => {
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: L - 1n }), (secret) => {
      checkPublicKey(Point.BASE.multiply(secret).toBytes());
    }), { numRuns: 30 });
  });

  it('refuses every point of small order', () => {
    for (let i = 0n; i < 8n; i++) {
      expect(refusal(() => checkPublicKey(TORSION.multiplyUnsafe(i).toBytes())).rule).toBe('key.small-order');
    }
  });

  it('refuses keys with a torsion part', () => {
    for (let i = 1n; i < 8n; i++) {
      const mixed = Point.BASE.multiply(77n).add(TORSION.multiplyUnsafe(i));
      expect(refusal(() => checkPublicKey(mixed.toBytes())).rule).toBe('key.torsion');
    }
  });

  it.each([
    ['y = p + 1, the identity again', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['y = p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['all ones', 'ff'.repeat(32)],
    ['−0: y = 1 with the sign bit', `01${'00'.repeat(30)}80`],
    ['no point of the curve', `02${'00'.repeat(31)}`],
  ])('refuses an encoding that is not canonical: %s', (_, hex) => {
    expect(refusal(() => checkPublicKey(fromHex(hex))).rule).toBe('key.encoding');
  });

  it('refuses other lengths', () => {
    expect(refusal(() => checkPublicKey(new Uint8Array(33))).rule).toBe('key.length');
  });
});

describe('pre-authentication encoding', () => {
  it("is DSSE's own example", () => {
    expect(Buffer.from(preAuthEncoding('http://example.com/HelloWorld', utf8('hello world'))).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });

  it('counts bytes, not characters', () => {
    expect(Buffer.from(preAuthEncoding('é', utf8('€'))).toString()).toBe('DSSEv1 2 é 3 €');
  });
});

interface Wycheproof {
  testGroups: { publicKey: { pk: string }; tests: { tcId: number; comment: string; msg: string; sig: string; result: 'valid' | 'invalid' | 'acceptable' }[] }[];
}

describeVectors('Wycheproof Ed25519', 'ed25519/wycheproof_ed25519_test.json', (file) => {
  const cases = readJson<Wycheproof>(file).testGroups.flatMap(({ publicKey, tests }) => tests.map((test) => ({ ...test, key: publicKey.pk })));

  it('has the cases it should', () => expect(cases.length).toBeGreaterThanOrEqual(150));

  it.each(cases)('$tcId: $comment', ({ key, msg, sig, result }) => {
    checkPublicKey(fromHex(key));
    expect(verify(fromHex(sig), fromHex(msg), fromHex(key))).toBe(result === 'valid');
  });
});
