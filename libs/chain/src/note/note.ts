import { concatBytes, fromBase64, toBase64 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { checkKeyName, isKeyName } from './key-name.js';

/** One signature line. The key id is a hint, too short to name a key: names and public keys are what is trusted. */
export interface NoteSignature {
  readonly name: string;
  /** 4 bytes */
  readonly keyId: Uint8Array;
  /** What the algorithm made: 64 bytes of Ed25519, more of other types. */
  readonly signature: Uint8Array;
}

/** A text and its signatures (C2SP signed-note). */
export interface Note {
  /** Ends with a newline, which the signatures cover too. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** C2SP asks verifiers to take at least 16 signatures, which may be post-quantum ones of 5 kB each. */
export const MAX_NOTE_SIGNATURES = 64;
export const MAX_NOTE_LENGTH = 1 << 20;

const KEY_ID_BYTES = 4;
/** Em dash and space. */
const SIGNATURE_PREFIX = '\u2014 ';

/**
 * The text, an empty line, and a line `— name base64(keyId ‖ signature)` for each signature.
 * @throws ChainError `note.text`, `note.control`, `note.key-name`, `note.signature`, `note.signatures`, `note.size`
 */
export function encodeNote({ text, signatures }: Note): string {
  checkText(text);
  checkCount(signatures.length);
  const lines = signatures.map(({ name, keyId, signature }) => {
    checkKeyName(name);
    if (keyId.length !== KEY_ID_BYTES || signature.length === 0) {
      throw new ChainError('note.signature', 'A note signature is a key id of 4 bytes and a signature.');
    }
    return `${SIGNATURE_PREFIX}${name} ${toBase64(concatBytes(keyId, signature))}\n`;
  });
  const note = `${text}\n${lines.join('')}`;
  checkLength(note);
  return note;
}

/**
 * The parts of a note, whose signatures are not verified here. Whatever decodes encodes to the same text again.
 * @throws ChainError as `encodeNote`, and `bytes.base64`
 */
export function decodeNote(note: string): Note {
  checkLength(note);
  // The text may hold empty lines: the last one parts it from the signatures.
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new ChainError('note.text', 'A signed note is a text, an empty line and signature lines, each with its newline.');
  const text = note.slice(0, end + 1);
  checkText(text);
  const lines = note.slice(end + 2, -1).split('\n');
  checkCount(lines.length);
  return { text, signatures: lines.map(decodeSignature) };
}


function decodeSignature(line: string): NoteSignature {
  const [name = '', value = '', ...rest] = line.slice(SIGNATURE_PREFIX.length).split(' ');
  if (!line.startsWith(SIGNATURE_PREFIX) || !isKeyName(name) || rest.length > 0) {
    throw new ChainError('note.signature', 'A signature line is an em dash, a space, a key name, a space and base64.');
  }
  const bytes = fromBase64(value);
  if (bytes.length <= KEY_ID_BYTES) throw new ChainError('note.signature', 'A note signature is a key id of 4 bytes and a signature.');
  return { name, keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

function checkText(text: string): void {
  if (!text.endsWith('\n')) throw new ChainError('note.text', "A note's text ends with a newline.");
  if (/[\u0000-\u0009\u000b-\u001f\p{Surrogate}]/u.test(text)) {
    throw new ChainError('note.control', "A note's text is UTF-8 without control characters other than newlines.");
  }
}

function checkCount(count: number): void {
  if (count < 1 || count > MAX_NOTE_SIGNATURES) {
    throw new ChainError('note.signatures', `A signed note has 1 to ${MAX_NOTE_SIGNATURES} signatures, not ${count}.`);
  }
}

function checkLength(note: string): void {
  if (note.length > MAX_NOTE_LENGTH) throw new ChainError('note.size', `A note is at most ${MAX_NOTE_LENGTH} characters, not ${note.length}.`);
}
