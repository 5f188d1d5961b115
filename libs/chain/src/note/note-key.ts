import { concatBytes, equalBytes, fromBase64, toBase64, toHex, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import { checkKeyName, isKeyName } from './key-name.js';

/** The signature type of plain Ed25519 notes, the only one used here. */
const ED25519 = 0x01;

/** A key that signs notes: what a verifier is configured with. */
export interface NoteKey {
  readonly name: string;
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array;
}

/** `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`, its first 4 bytes (C2SP signed-note, "Ed25519 signatures"). */
export function noteKeyId(crypto: Crypto, { name, publicKey }: NoteKey): Uint8Array {
  return crypto.sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey)).slice(0, 4);
}

/**
 * A key as monitors and witnesses are told of it: `name+hex(key id)+base64(0x01 ‖ public key)`.
 * @throws ChainError `note.key-name`
 */
export function encodeVerifierKey(crypto: Crypto, key: NoteKey): string {
  checkKeyName(key.name);
  return `${key.name}+${toHex(noteKeyId(crypto, key))}+${toBase64(concatBytes(Uint8Array.of(ED25519), key.publicKey))}`;
}

/** @throws ChainError `note.verifier-key` unless it is an Ed25519 key whose id is its own; `bytes.base64` */
export function decodeVerifierKey(crypto: Crypto, text: string): NoteKey {
  const refuse = (why: string) => new ChainError('note.verifier-key', `This is no Ed25519 verifier key: ${why}.`);
  const [, name = '', id = '', value = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text) ?? [];
  if (!isKeyName(name)) throw refuse('it is not name+id+key');
  const bytes = fromBase64(value);
  if (bytes.length !== 33 || bytes[0] !== ED25519) throw refuse('its type is another');
  const key = { name, publicKey: bytes.slice(1) };
  if (toHex(noteKeyId(crypto, key)) !== id) throw refuse('its id belongs to another key');
  return key;
}

/** Whether a signature line names this key. */
export function isSignedAs(crypto: Crypto, key: NoteKey, line: { readonly name: string; readonly keyId: Uint8Array }): boolean {
  return line.name === key.name && equalBytes(line.keyId, noteKeyId(crypto, key));
}
