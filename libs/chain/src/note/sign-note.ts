import { utf8 } from '../bytes.js';
import type { Crypto, Signer } from '../crypto/crypto.js';
import { encodeNote } from './note.js';
import { noteKeyId } from './note-key.js';

/**
 * A note with one Ed25519 signature.
 * @param name the key's name
 * @throws ChainError as `encodeNote`
 */
export function signNote(text: string, name: string, signer: Signer, crypto: Crypto): string {
  const keyId = noteKeyId(crypto, { name, publicKey: signer.publicKey });
  return encodeNote({ text, signatures: [{ name, keyId, signature: signer.sign(utf8(text)) }] });
}
