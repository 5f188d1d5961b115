import { ChainError } from './chain-error.js';

/** Byte strings, and nothing that depends on Node: the same code runs in a browser. */

const encoder = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BASE64 = BASE64URL.replace('-_', '+/');
const valuesOf = (alphabet: string) => new Map(Array.from(alphabet, (character, value) => [character, value]));
const base64urlValue = valuesOf(BASE64URL);
const base64Value = valuesOf(BASE64);

/** @returns lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** @throws ChainError `bytes.hex` unless `hex` is an even number of lower-case hex digits: one value has one spelling. */
export function fromHex(hex: string): Uint8Array {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) {
    throw new ChainError('bytes.hex', 'Give an even number of lower-case hex digits.');
  }
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Not constant-time: for public data only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Bytewise (unsigned lexicographic) order; a prefix comes before what it is a prefix of. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-8. Lone surrogates become U+FFFD, so refuse those before where they matter (`json/canonical-json.ts` does). */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** RFC 4648 base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return encode64(bytes, BASE64URL);
}

/**
 * @throws ChainError `bytes.base64url` on padding, foreign characters, an impossible length or non-zero spare bits:
 * one value has one spelling.
 */
export function fromBase64url(text: string): Uint8Array {
  const bytes = decode64(text, base64urlValue);
  if (bytes === undefined) throw new ChainError('bytes.base64url', 'Give base64url without padding (RFC 4648, section 5).');
  return bytes;
}

/** RFC 4648 base64, padded: what signed notes are written in. */
export function toBase64(bytes: Uint8Array): string {
  const text = encode64(bytes, BASE64);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** @throws ChainError `bytes.base64` on missing padding, foreign characters or non-zero spare bits: one value has one spelling. */
export function fromBase64(text: string): Uint8Array {
  const bytes = text.length % 4 === 0 ? decode64(text.replace(/={1,2}$/, ''), base64Value) : undefined;
  if (bytes === undefined) throw new ChainError('bytes.base64', 'Give padded base64 (RFC 4648, section 4).');
  return bytes;
}

function encode64(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const characters = [18, 12, 6, 0].map((shift) => alphabet[(group >> shift) & 63]).join('');
    text += left >= 3 ? characters : characters.slice(0, left + 1);
  }
  return text;
}

/** Of text without padding. @returns undefined on foreign characters, an impossible length or non-zero spare bits */
function decode64(text: string, values: ReadonlyMap<string, number>): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let offset = 0;
  for (const character of text) {
    const value = values.get(character);
    if (value === undefined) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[offset++] = (held >> bits) & 0xff;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}
