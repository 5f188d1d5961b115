import type { Crypto } from './crypto.js';

/** A key's name on the chain: SHA-256 of its 32 raw bytes. */
export function keyIdOf(crypto: Crypto, publicKey: Uint8Array): Uint8Array {
  return crypto.sha256(publicKey);
}
