import { ChainError } from '../chain-error.js';

/**
 * Whether a text can name a key in a signed note (C2SP signed-note): not empty, no Unicode space, no plus, and nothing that
 * would break the line.
 */
export function isKeyName(name: string): boolean {
  return /^[^\p{White_Space}\p{Surrogate}+\u0000-\u001f]+$/u.test(name);
}

/** @throws ChainError `note.key-name` */
export function checkKeyName(name: string): void {
  if (!isKeyName(name)) {
    throw new ChainError('note.key-name', `${JSON.stringify(name)} cannot name a key: give a text without spaces, plus signs and control characters.`);
  }
}
