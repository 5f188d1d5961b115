import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from '../bytes.js';
import type { Crypto } from './crypto.js';

const { Point } = ed25519;
const { BASE, Fn } = Point;

/**
 * The primitives in plain JavaScript, for browsers. About twelve times slower at signatures than OpenSSL.
 *
 * noble's own `verify` checks the cofactored equation, which accepts signatures that OpenSSL refuses. Two verifiers
 * that disagree about one leaf would split the chain, so R is recomputed here and compared as bytes.
 */
export const nobleCrypto: Crypto = {
  sha256: (bytes) => sha256(bytes),
  verify(signature, message, publicKey) {
    if (signature.length !== 64 || publicKey.length !== 32) return false;
    const r = signature.subarray(0, 32);
    const s = bytesToNumberLE(signature.subarray(32));
    if (s >= Fn.ORDER) return false;
    const key = decodePoint(publicKey);
    if (key === undefined) return false;
    const challenge = Fn.create(bytesToNumberLE(sha512(concatBytes(r, publicKey, message))));
    // R' = [S]B − [k]A (RFC 8032, section 5.1.7, without the factor 8).
    const expected = BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(challenge));
    return equalBytes(expected.toBytes(), r);
  },
};

function decodePoint(bytes: Uint8Array) {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}
