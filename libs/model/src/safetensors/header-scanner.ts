import { ModelError } from '../model-error.js';
import { hasLoneSurrogate } from '../tensors.js';

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
/** No sign, fraction, exponent or leading zero: an integer has one spelling. */
const INTEGER = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
const SPACE = /[ \t\n\r]*/y;

/** Reads the few JSON forms that a safetensors header consists of: objects, strings and lists of whole numbers. */
export class HeaderScanner {
  private at = 0;

  constructor(private readonly text: string) {}

  /** The format has the brace as the header's first byte. */
  expectStart(): void {
    if (this.text[0] !== '{') this.refuse('it does not begin with "{"');
  }

  expectPaddingOnly(): void {
    if (/[^ ]/.test(this.text.slice(this.at))) this.refuse('something other than spaces follows the object');
  }

  /** Calls `readValue` for each key, which must read that key's value. */
  readObject(readValue: (key: string) => void): void {
    const keys = new Set<string>();
    this.expect('{');
    if (this.take('}')) return;
    do {
      const key = this.readString();
      if (keys.has(key)) throw new ModelError('header-duplicate-key', `The safetensors header has the key ${JSON.stringify(key)} twice.`);
      keys.add(key);
      this.expect(':');
      readValue(key);
    } while (this.take(','));
    this.expect('}');
  }

  readString(): string {
    const literal = this.match(STRING);
    if (literal === undefined) return this.refuse('a string was expected');
    const value = JSON.parse(literal) as string;
    if (hasLoneSurrogate(value)) this.refuse('a string holds half of a surrogate pair');
    return value;
  }

  readIntegers(limit: number): number[] {
    const values: number[] = [];
    this.expect('[');
    if (this.take(']')) return values;
    do {
      const value = Number(this.match(INTEGER) ?? this.refuse('a whole number was expected, written without sign, point or exponent'));
      if (!Number.isSafeInteger(value)) this.refuse('a number is over 2^53 − 1');
      if (values.push(value) > limit) this.refuse(`a list is longer than ${limit}`);
    } while (this.take(','));
    this.expect(']');
    return values;
  }

  refuse(what: string): never {
    throw new ModelError('header-syntax', `The safetensors header is malformed at character ${this.at}: ${what}.`);
  }

  private expect(mark: string): void {
    if (!this.take(mark)) this.refuse(`"${mark}" was expected`);
  }

  private take(mark: string): boolean {
    this.match(SPACE);
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    SPACE.lastIndex = this.at;
    if (pattern !== SPACE) this.at += SPACE.exec(this.text)![0].length;
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}
