import { utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import { decodeNote } from './note.js';
import type { Note } from './note.js';
import { isSignedAs } from './note-key.js';
import type { NoteKey } from './note-key.js';

/**
 * A note whose signature by `key` holds. Lines of other keys are not looked at, as C2SP asks: that is how logs and
 * witnesses add theirs.
 * @throws ChainError `note.unsigned` without a line of this key; `note.signature` when one of its lines does not verify;
 *   and as `decodeNote`
 */
export function openNote(note: string, key: NoteKey, crypto: Crypto): Note {
  const opened = decodeNote(note);
  const lines = opened.signatures.filter((line) => isSignedAs(crypto, key, line));
  if (lines.length === 0) throw new ChainError('note.unsigned', `This note has no signature by the key of ${key.name} that is asked for.`);
  const message = utf8(opened.text);
  if (!lines.every(({ signature }) => crypto.verify(signature, message, key.publicKey))) {
    throw new ChainError('note.signature', `The signature by ${key.name} does not verify.`);
  }
  return opened;
}
