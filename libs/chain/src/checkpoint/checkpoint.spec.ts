import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toHex } from '../bytes.js';
import { preAuthEncoding } from '../crypto/pae.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { decodeNote } from '../note/note.js';
import { signNote } from '../note/sign-note.js';
import { refusal } from '../testing/refusal.testing.js';
import { testSigner } from '../testing/test-chain.testing.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { signCheckpoint } from './sign-checkpoint.js';

/** The example of C2SP tlog-checkpoint. */
const EXAMPLE = [
  'example.com/behind-the-sofa', '20852163', 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', '',
  '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=', '',
].join('\n');
const TEXT = decodeNote(EXAMPLE).text;

const operator = testSigner('operator');
const key = { origin: 'fedseal.test/federation', publicKey: operator.publicKey };
const root = nodeCrypto.sha256(Uint8Array.of(1));

describe('checkpoints', () => {
  it('are those of C2SP tlog-checkpoint', () => {
    const checkpoint = decodeCheckpoint(TEXT);
    expect(checkpoint).toEqual({
      origin: 'example.com/behind-the-sofa', size: 20852163, root: fromBase64('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='),
    });
    expect(encodeCheckpoint(checkpoint)).toBe(TEXT);
    expect(toHex(decodeNote(EXAMPLE).signatures[0]!.keyId)).toBe('033de0ae');
  });

  it('open with the key and origin that signed them, and with no other', () => {
    const note = signCheckpoint({ origin: key.origin, size: 7, root }, operator);
    expect(openCheckpoint(note, key, nodeCrypto)).toEqual({ origin: key.origin, size: 7, root });
    expect(refusal(() => openCheckpoint(note, { ...key, publicKey: testSigner('x').publicKey }, nodeCrypto)).rule).toBe('note.unsigned');
    expect(refusal(() => openCheckpoint(note, { ...key, origin: 'fedseal.test/other' }, nodeCrypto)).rule).toBe('note.unsigned');
    const foreign = signNote(encodeCheckpoint({ origin: 'fedseal.test/other', size: 7, root }), key.origin, operator, nodeCrypto);
    expect(refusal(() => openCheckpoint(foreign, key, nodeCrypto)).rule).toBe('checkpoint.origin');
  });

  it.each([
    ['checkpoint.lines', `${TEXT}extension\n`], ['checkpoint.lines', TEXT.slice(0, -1)], ['checkpoint.lines', 'a\n1\n'], ['checkpoint.lines', `${TEXT}\n`],
    ['checkpoint.size', TEXT.replace('20852163', '020852163')], ['checkpoint.size', TEXT.replace('20852163', '-1')],
    ['checkpoint.size', TEXT.replace('20852163', '1e3')], ['checkpoint.size', TEXT.replace('20852163', '9007199254740992')],
    ['checkpoint.size', TEXT.replace('20852163', '')], ['checkpoint.root', TEXT.replace(/\n[^\n]*\n$/, '\nAA==\n')],
    ['bytes.base64', TEXT.replace('2I=', '2J=')], ['note.key-name', TEXT.replace('/behind', ' behind')], ['note.key-name', TEXT.replace('example.com/behind-the-sofa', '')],
  ])('are refused with %s', (rule, text) => {
    expect(refusal(() => decodeCheckpoint(text)).rule).toBe(rule);
    const note = signNote(text.endsWith('\n') ? text : `${text}\n`, key.origin, operator, nodeCrypto);
    expect(() => openCheckpoint(note, key, nodeCrypto)).toThrow();
  });

  it('are not signed of what is no tree head', () => {
    expect(refusal(() => signCheckpoint({ ...key, size: -1, root }, operator)).rule).toBe('checkpoint.size');
    expect(refusal(() => signCheckpoint({ ...key, size: 2 ** 53, root }, operator)).rule).toBe('checkpoint.size');
    expect(refusal(() => signCheckpoint({ ...key, size: 1, root: root.slice(1) }, operator)).rule).toBe('checkpoint.root');
    expect(refusal(() => signCheckpoint({ origin: 'DSSEv1 4 type', size: 1, root }, operator)).rule).toBe('note.key-name');
  });

  it('can be no leaf, promise or handshake: those begin with a space after the sixth character', () => {
    expect(new TextDecoder().decode(preAuthEncoding('t', new Uint8Array(0))).split('\n')[0]).toContain('DSSEv1 ');
    fc.assert(fc.property(fc.string({ minLength: 1 }), (origin) => {
      let text;
      try {
        text = encodeCheckpoint({ origin, size: 1, root });
      } catch {
        return;
      }
      expect(text.split('\n')[0]).not.toContain(' ');
    }));
  });

  it('round-trip, and fail with any character changed', () => {
    fc.assert(fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(), (size, hash, at) => {
      const note = signCheckpoint({ origin: key.origin, size, root: hash }, operator);
      expect(openCheckpoint(note, key, nodeCrypto)).toEqual({ origin: key.origin, size, root: hash });
      const place = at % note.length;
      const changed = note.slice(0, place) + (note[place] === '7' ? '8' : '7') + note.slice(place + 1);
      expect(refusal(() => openCheckpoint(changed, key, nodeCrypto)).rule).toMatch(/^(note|checkpoint|bytes)\./);
    }), { numRuns: 200 });
  });
});
