import type { Crypto } from '../crypto/crypto.js';
import { HEADER_BYTES } from './header.js';
import { ChainError } from '../chain-error.js';

/**
 * A block's hash: one SHA-256 over its header, compared with the threshold as a big-endian 256-bit integer.
 * @param header 176 bytes @returns 32 bytes
 */
export function blockHash(crypto: Crypto, header: Uint8Array): Uint8Array {
  if (header.length !== HEADER_BYTES) {
    throw new ChainError('header.length', `A header is ${HEADER_BYTES} bytes; these are ${header.length}.`);
  }
  return crypto.sha256(header);
}
