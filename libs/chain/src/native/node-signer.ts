/// <reference types="node" />
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { Signer } from '../crypto/crypto.js';

/** The DER of a PKCS #8 private key for Ed25519 (RFC 8410) up to the 32-byte seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * A signer whose key never leaves OpenSSL.
 * @param seed the 32 secret bytes of RFC 8032, section 5.1.5
 */
export function createSigner(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new RangeError('An Ed25519 seed is 32 bytes.');
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKey = Uint8Array.from(spki.subarray(spki.length - 32));
  return {
    publicKey,
    keyId: Uint8Array.from(createHash('sha256').update(publicKey).digest()),
    sign: (message) => Uint8Array.from(sign(null, message, privateKey)),
  };
}
