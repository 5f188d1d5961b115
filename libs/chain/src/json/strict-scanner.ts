import { ChainError } from '../chain-error.js';

/** Deeper nesting than any payload needs; bounds the recursion whatever the input is. */
export const MAX_JSON_DEPTH = 64;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t',
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads JSON (RFC 8259) under the strict profile: no floats, only integers between ±(2^53 − 1), no duplicate keys, no
 * lone surrogates, no key `__proto__`, valid UTF-8. `JSON.parse` lets every one of these pass: it keeps the last duplicate,
 * rounds 2^53 + 1 and turns 1e400 into Infinity.
 *
 * Canonical form is not asked here; `decodeCanonicalJson` does that.
 * @throws ChainError `json.utf8`, `.syntax`, `.depth`, `.number`, `.surrogate`, `.duplicate-key`, `.proto`
 */
export function scanStrictJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new ChainError('json.utf8', 'These bytes are not valid UTF-8.', {}, { cause });
  }
  const scanner = new Scanner(text);
  const value = scanner.value(0);
  scanner.end();
  return value;
}

class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  /** Reads one value and the white space around it. */
  value(depth: number): unknown {
    if (depth > MAX_JSON_DEPTH) throw this.#refuse('json.depth', `nested deeper than ${MAX_JSON_DEPTH}`);
    this.#space();
    const first = this.text[this.#at];
    let value: unknown;
    if (first === '{') value = this.#object(depth);
    else if (first === '[') value = this.#array(depth);
    else if (first === '"') value = this.#string();
    else if (first === '-' || isDigit(first)) value = this.#number();
    else value = this.#literal();
    this.#space();
    return value;
  }

  end(): void {
    if (this.#at !== this.text.length) throw this.#syntax('something follows the value');
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at++;
    this.#space();
    if (this.#take('}')) return object;
    do {
      this.#space();
      if (this.text[this.#at] !== '"') throw this.#syntax('a key is missing');
      const key = this.#string();
      // As a property it would replace the object's prototype instead of becoming data.
      if (key === '__proto__') throw this.#refuse('json.proto', 'the key "__proto__" is not allowed');
      if (Object.hasOwn(object, key)) throw this.#refuse('json.duplicate-key', `the key ${JSON.stringify(key)} comes twice`);
      this.#space();
      if (!this.#take(':')) throw this.#syntax('a colon is missing');
      object[key] = this.value(depth + 1);
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#syntax('an object does not end');
    return object;
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at++;
    this.#space();
    if (this.#take(']')) return array;
    do array.push(this.value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw this.#syntax('an array does not end');
    return array;
  }

  #string(): string {
    let value = '';
    let start = ++this.#at;
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (Number.isNaN(code)) throw this.#syntax('a string does not end');
      if (code < 0x20) throw this.#syntax('a control character stands in a string unescaped');
      if (code !== 0x22 && code !== 0x5c) {
        this.#at++;
        continue;
      }
      value += this.text.slice(start, this.#at++);
      if (code === 0x22) break;
      value += this.#escape();
      start = this.#at;
    }
    // With the u flag a well-formed pair is one character, so only lone halves match.
    if (/\p{Surrogate}/u.test(value)) throw this.#refuse('json.surrogate', 'a string holds half of a surrogate pair');
    return value;
  }

  /** After the backslash. */
  #escape(): string {
    const letter = this.text[this.#at++] ?? '';
    if (letter === 'u') {
      const digits = this.text.slice(this.#at, this.#at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#syntax('\\u needs four hex digits');
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (character === undefined) throw this.#syntax('an unknown escape');
    return character;
  }

  #number(): number {
    const [token] = /^-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]*)?/.exec(this.text.slice(this.#at, this.#at + 400)) ?? [''];
    if (!/^(0|-?[1-9][0-9]*)$/.test(token)) {
      throw this.#refuse('json.number', 'only integers are allowed, and no −0; write a decimal as a string');
    }
    const value = Number(token);
    if (!Number.isSafeInteger(value)) {
      throw this.#refuse('json.number', 'an integer is outside ±(2^53 − 1); write it as a decimal string');
    }
    this.#at += token.length;
    return value;
  }

  #literal(): boolean | null {
    for (const [word, value] of [['true', true], ['false', false], ['null', null]] as const) {
      if (this.text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw this.#syntax('a value is missing');
  }

  #space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(character: string): boolean {
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #syntax(what: string): ChainError {
    return this.#refuse('json.syntax', what);
  }

  #refuse(rule: string, what: string): ChainError {
    return new ChainError(rule, `Not strict JSON: ${what} (at character ${this.#at}).`);
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
