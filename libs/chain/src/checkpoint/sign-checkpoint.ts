import type { Crypto, Signer } from '../crypto/crypto.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { signNote } from '../note/sign-note.js';
import { encodeCheckpoint } from './checkpoint.js';
import type { Checkpoint } from './checkpoint.js';

/**
 * A checkpoint note signed by the operator; the key's name is the origin. Sign one tree per size, at block boundaries only:
 * two roots for one size are proof against whoever signed them.
 * @param crypto hashes the key's name, nothing else
 * @throws ChainError as `encodeCheckpoint`
 */
export function signCheckpoint(checkpoint: Checkpoint, signer: Signer, crypto: Crypto = nobleCrypto): string {
  return signNote(encodeCheckpoint(checkpoint), checkpoint.origin, signer, crypto);
}
