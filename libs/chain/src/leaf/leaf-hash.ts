import { concatBytes } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';

/** Keeps leaves and nodes apart: no leaf can be read as an inner node (RFC 6962, section 2.1). */
const LEAF_PREFIX = Uint8Array.of(0x00);

/** RFC 6962's leaf hash, `SHA-256(0x00 ‖ bytes)`: a leaf's name everywhere. */
export function leafHash(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  return crypto.sha256(concatBytes(LEAF_PREFIX, bytes));
}
