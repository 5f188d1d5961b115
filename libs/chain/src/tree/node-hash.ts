import type { Crypto } from '../crypto/crypto.js';

/** RFC 6962's inner node, `SHA-256(0x01 ‖ left ‖ right)`. */
export function nodeHash(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes[0] = 0x01;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return crypto.sha256(bytes);
}

/** The root of no leaves, `SHA-256("")`. */
export function emptyRoot(crypto: Crypto): Uint8Array {
  return crypto.sha256(new Uint8Array(0));
}
