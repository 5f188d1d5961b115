import { equalBytes, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { MAX_JSON_DEPTH, scanStrictJson } from './strict-scanner.js';

/**
 * JSON in the one form that RFC 8785 (JCS) gives it: no white space, keys sorted by UTF-16 code units, shortest escapes,
 * UTF-8. The strict profile allows null, booleans, integers between ±(2^53 − 1), well-formed strings, arrays and
 * plain objects without a key `__proto__`.
 * @throws ChainError `json.value`, `json.number`, `json.surrogate`, `json.proto`, `json.depth`
 */
export function encodeCanonicalJson(value: unknown): Uint8Array {
  return utf8(encode(value, 0));
}

/**
 * The value of canonical JSON.
 * @throws ChainError what `scanStrictJson` throws, and `json.canonical` when the value's own encoding differs from
 * `bytes`: one value has one spelling, so its hash names it.
 */
export function decodeCanonicalJson(bytes: Uint8Array): unknown {
  const value = scanStrictJson(bytes);
  if (!equalBytes(encodeCanonicalJson(value), bytes)) {
    throw new ChainError('json.canonical', 'This JSON is not in canonical form (RFC 8785): encode it again.');
  }
  return value;
}

function encode(value: unknown, depth: number): string {
  if (depth > MAX_JSON_DEPTH) throw new ChainError('json.depth', `Nest values at most ${MAX_JSON_DEPTH} deep.`);
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'number':
      // −0 would read back as 0.
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
        throw new ChainError('json.number', `Only integers within ±(2^53 − 1) are allowed, not ${value}; write others as strings.`);
      }
      return String(value);
    case 'string':
      return encodeString(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${Array.from(value, (item) => encode(item, depth + 1)).join(',')}]`;
      return encodeObject(value, depth);
    default:
      throw new ChainError('json.value', `JSON has no ${typeof value}.`);
  }
}

function encodeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new ChainError('json.value', 'Only plain objects can be encoded; convert class instances first.');
  }
  // JavaScript's string order is by UTF-16 code units, as section 3.2.3 of the RFC asks.
  const members = Object.keys(object).sort().map((key) => {
    if (key === '__proto__') throw new ChainError('json.proto', 'The key "__proto__" is not allowed.');
    return `${encodeString(key)}:${encode((object as Record<string, unknown>)[key], depth + 1)}`;
  });
  return `{${members.join(',')}}`;
}

function encodeString(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new ChainError('json.surrogate', 'A string holds half of a surrogate pair.');
  // For well-formed strings ECMAScript's own escapes are those of the RFC (section 3.2.2.2).
  return JSON.stringify(text);
}
