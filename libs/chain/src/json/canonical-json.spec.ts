import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, utf8 } from '../bytes.js';
import { refusal } from '../testing/refusal.testing.js';
import { describeVectors } from '../testing/vectors.testing.js';
import { decodeCanonicalJson, encodeCanonicalJson } from './canonical-json.js';
import { scanStrictJson } from './strict-scanner.js';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const strings = fc.string({ unit: 'grapheme' });
/** Every value of the strict profile. */
const values = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.constant(null), fc.boolean(), fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)), strings, tie('array'), tie('object')),
  array: fc.array(tie('value')),
  object: fc.dictionary(strings.filter((key) => key !== '__proto__'), tie('value'), { noNullPrototype: true }),
})).value;

describe('canonical JSON', () => {
  it('reads back what it writes, and writes nothing that JSON.parse reads differently', () => {
    fc.assert(fc.property(values, (value) => {
      const bytes = encodeCanonicalJson(value);
      expect(decodeCanonicalJson(bytes)).toEqual(value);
      expect(JSON.parse(text(bytes))).toEqual(value);
    }));
  });

  it('reads any JSON of the profile, in any spelling, as JSON.parse does', () => {
    fc.assert(fc.property(values, fc.constantFrom(0, 1, '\t', ' \r\n'.slice(0, 3)), (value, space) => {
      expect(scanStrictJson(utf8(JSON.stringify(value, null, space)))).toEqual(value);
    }));
  });

  it('accepts exactly one spelling: bytes with one byte changed are refused or say something else', () => {
    fc.assert(fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, position, mask) => {
      const bytes = encodeCanonicalJson(value);
      const at = position % bytes.length;
      bytes[at] = (bytes[at] as number) ^ mask;
      let read;
      try {
        read = decodeCanonicalJson(bytes);
      } catch (error) {
        expect(error).toHaveProperty('rule', expect.stringMatching(/^json\./));
        return;
      }
      expect(encodeCanonicalJson(read)).toEqual(bytes);
      expect(read).not.toEqual(value);
    }), { numRuns: 1000 });
  });

  it('sorts keys by UTF-16 code units', () => {
    expect(text(encodeCanonicalJson({ '\ufb33': 1, '\u{1f602}': 2, b: 3, a: 4, '10': 5, '9': 6, '': 7 }))).toBe(
      '{"":7,"10":5,"9":6,"a":4,"b":3,"\u{1f602}":2,"\ufb33":1}',
    );
  });

  it('escapes as RFC 8785 says', () => {
    expect(text(encodeCanonicalJson('\u0000\u0008\t\n\u000b\f\r\u001f"\\/\u007f\u2028é'))).toBe(
      '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\u007f\u2028é"',
    );
  });

  it.each([
    ['json.duplicate-key', '{"a":1,"a":1}'], ['json.duplicate-key', '{"a":1,"\\u0061":2}'],
    ['json.proto', '{"__proto__":{}}'], ['json.proto', '{"\\u005f_proto__":1}'],
    ['json.number', '1.0'], ['json.number', '1e3'], ['json.number', '1e400'], ['json.number', '[0.5]'], ['json.number', '01'], ['json.number', '-'], ['json.number', '1.'], ['json.number', '00'],
    ['json.number', '9007199254740992'], ['json.number', '-9007199254740992'], ['json.number', `1${'0'.repeat(400)}`],
    ['json.surrogate', '"\\ud800"'], ['json.surrogate', '"\\udc00\\ud800"'], ['json.surrogate', '{"\\ud800":1}'],
    ['json.canonical', ' 1'], ['json.canonical', '1\n'], ['json.canonical', '{"a": 1}'], ['json.canonical', '{"b":1,"a":2}'], ['json.canonical', '"\\u0061"'],
    ['json.canonical', '"\\/"'], ['json.canonical', '"\\u000a"'], ['json.canonical', '"\\u001F"'], ['json.canonical', '"\\ud83d\\ude02"'], ['json.number', '-0'],
    ['json.syntax', ''], ['json.syntax', '{'], ['json.syntax', '[1,]'], ['json.syntax', '{"a":1,}'], ['json.syntax', '{a:1}'], ['json.syntax', "'a'"], ['json.syntax', '"a'],
    ['json.syntax', '"\u0001"'], ['json.syntax', '"\\x"'], ['json.syntax', '"\\u12"'], ['json.syntax', '1 2'], ['json.syntax', 'tru'], ['json.syntax', 'NaN'], ['json.syntax', '\ufeff1'],
    ['json.syntax', '{"a" 1}'], ['json.syntax', '[1 2]'], ['json.syntax', '"\\constructor"'],
    ['json.depth', '['.repeat(66)], ['json.depth', '['.repeat(65_000)],
  ])('refuses with %s: %s', (rule, source) => {
    expect(refusal(() => decodeCanonicalJson(utf8(source))).rule).toBe(rule);
  });

  it.each([
    ['a stray byte', '22ff22'], ['a cut sequence', '22c322'], ['an encoded surrogate', '22eda08022'], ['an overlong form', '22c08022'], ['a code point above U+10FFFF', '22f490808022'],
  ])('refuses invalid UTF-8: %s', (_, hex) => {
    expect(refusal(() => decodeCanonicalJson(fromHex(hex))).rule).toBe('json.utf8');
  });

  it.each<[string, unknown]>([
    ['json.number', 0.5], ['json.number', Number.NaN], ['json.number', Infinity], ['json.number', 2 ** 53], ['json.number', -0],
    ['json.surrogate', 'a\ud800'], ['json.surrogate', { '\udc00': 1 }], ['json.proto', JSON.parse('{"__proto__":1}')],
    ['json.value', undefined], ['json.value', { a: undefined }], ['json.value', [undefined]], ['json.value', 1n], ['json.value', () => 1], ['json.value', new Date(0)], ['json.value', new Map()],
  ])('refuses to write with %s: %o', (rule, value) => {
    expect(refusal(() => encodeCanonicalJson(value)).rule).toBe(rule);
  });

  it('keeps ordinary property names that objects also inherit', () => {
    const source = '{"constructor":1,"hasOwnProperty":2,"toString":3}';
    expect(text(encodeCanonicalJson(decodeCanonicalJson(utf8(source))))).toBe(source);
  });
});

describeVectors('RFC 8785 vectors', 'jcs/testdata', (folder) => {
  const input = (name: string) => readFileSync(join(folder, 'input', `${name}.json`), 'utf8');

  it.each(['arrays', 'french', 'unicode', 'weird'])('%s', (name) => {
    const expected = readFileSync(join(folder, 'output', `${name}.json`));
    expect(Buffer.from(encodeCanonicalJson(scanStrictJson(utf8(input(name))))).equals(expected)).toBe(true);
    const hex = readFileSync(join(folder, 'outhex', `${name}.txt`), 'utf8').replaceAll(/\s/g, '');
    expect(Buffer.from(encodeCanonicalJson(decodeCanonicalJson(fromHex(hex)))).toString('hex')).toBe(hex);
  });

  it('structures, whose 56.0 the strict profile wants written as 56', () => {
    expect(refusal(() => scanStrictJson(utf8(input('structures')))).rule).toBe('json.number');
    const expected = readFileSync(join(folder, 'output/structures.json'));
    expect(Buffer.from(encodeCanonicalJson(scanStrictJson(utf8(input('structures').replace('56.0', '56'))))).equals(expected)).toBe(true);
  });

  it('values, whose floats the strict profile refuses', () => {
    expect(refusal(() => scanStrictJson(utf8(input('values')))).rule).toBe('json.number');
    const expected = JSON.parse(readFileSync(join(folder, 'output/values.json'), 'utf8')) as { literals: unknown; string: string };
    const { string, literals } = JSON.parse(input('values')) as { literals: unknown; string: string };
    expect(text(encodeCanonicalJson({ string, literals }))).toBe(JSON.stringify({ literals: expected.literals, string: expected.string }));
  });
});
