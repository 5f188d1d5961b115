import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromBase64, toHex, utf8 } from '../bytes.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { createSigner } from '../native/node-signer.js';
import { refusal } from '../testing/refusal.testing.js';
import { testSigner } from '../testing/test-chain.testing.js';
import { decodeNote, encodeNote, MAX_NOTE_SIGNATURES } from './note.js';
import { decodeVerifierKey, encodeVerifierKey, noteKeyId } from './note-key.js';
import { openNote } from './open-note.js';
import { signNote } from './sign-note.js';

/** The published example of Go's sumdb/note, which C2SP signed-note was written down from: key, text and signature. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETER_SECRET = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const NOTE = `${TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
const ENOCH = '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
const peter = decodeVerifierKey(nodeCrypto, PETER);

describe('signed notes', () => {
  it("are Go's, byte for byte", () => {
    expect(signNote(TEXT, 'PeterNeumann', createSigner(fromBase64(PETER_SECRET).slice(1)), nodeCrypto)).toBe(NOTE);
    for (const crypto of [nodeCrypto, nobleCrypto]) expect(openNote(NOTE, peter, crypto).text).toBe(TEXT);
    expect(encodeVerifierKey(nodeCrypto, peter)).toBe(PETER);
    expect(toHex(noteKeyId(nodeCrypto, peter))).toBe('c74f20a3');
  });

  it('may carry the signatures of others', () => {
    const enoch = decodeVerifierKey(nodeCrypto, 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop');
    const both = NOTE + ENOCH;
    expect(openNote(both, peter, nodeCrypto)).toEqual(openNote(both, enoch, nodeCrypto));
    // Another name or another id is another key, which nobody asked for.
    expect(openNote(NOTE + ENOCH.replace('EnochRoot', 'PeterNeumann'), peter, nodeCrypto).signatures).toHaveLength(2);
    expect(openNote(NOTE + ENOCH.replace('rwz+eB', 'x08goB').replace('EnochRoot', 'Enoch'), peter, nodeCrypto).signatures).toHaveLength(2);
    expect(refusal(() => openNote(NOTE, enoch, nodeCrypto)).rule).toBe('note.unsigned');
  });

  it('are refused when one line of the key asked for does not verify', () => {
    const forged = `— PeterNeumann ${NOTE.split(' ').at(-1)}`.replace('ZJku', 'ZJkv');
    expect(refusal(() => openNote(NOTE + forged, peter, nodeCrypto)).rule).toBe('note.signature');
    expect(refusal(() => openNote(NOTE.replace('If', 'if'), peter, nodeCrypto)).rule).toBe('note.signature');
  });

  it('part the text from the signatures at the last empty line', () => {
    // The example of C2SP signed-note, whose text has an empty line.
    const text = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n';
    const line = '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';
    const note = decodeNote(`${text}\n${line}`);
    expect(note.text).toBe(text);
    expect(note.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore' }]);
    expect(toHex(note.signatures[0]!.keyId)).toBe('367ba04b');
    expect(note.signatures[0]!.signature).toHaveLength(64);
    expect(encodeNote(note)).toBe(`${text}\n${line}`);
  });

  it.each([
    ['note.text', ''], ['note.text', TEXT], ['note.text', NOTE.slice(0, -1)], ['note.text', `${TEXT}\n`.trimEnd()],
    ['note.signature', `${TEXT}\n— PeterNeumann\n`], ['note.signature', NOTE.replace('—', '-')], ['note.signature', NOTE.replace('— ', '—')],
    ['note.signature', NOTE.replace('PeterNeumann', 'Peter Neumann')], ['note.signature', NOTE.replace('PeterNeumann', 'Peter+Neumann')],
    ['note.signature', NOTE.replace('PeterNeumann', 'Peter\u00a0Neumann')], ['note.signature', NOTE.replace('— PeterNeumann', '— ')],
    ['note.signature', `${TEXT}\n— PeterNeumann x08gow==\n`], ['bytes.base64', NOTE.replace('=\n', '\n')], ['bytes.base64', NOTE.replace('nAM=', 'nAN=')],
    ['bytes.base64', NOTE.replace('/', '_')], ['note.control', NOTE.replace('If', '\tf')], ['note.control', NOTE.replace('If', '\rf')],
    ['note.control', NOTE.replace('If', '\ud800f')], ['note.signatures', NOTE + ENOCH.repeat(MAX_NOTE_SIGNATURES)],
    ['note.size', `${'x'.repeat(2 ** 20)}\n\n${ENOCH}`],
  ])('are refused with %s', (rule, note) => {
    expect(refusal(() => decodeNote(note)).rule).toBe(rule);
  });

  it('take the 16 signatures that C2SP asks for, of post-quantum length too', () => {
    const signatures = Array.from({ length: 16 }, (_, i) => ({ name: `w${i}`, keyId: new Uint8Array(4).fill(i), signature: new Uint8Array(4900).fill(i) }));
    expect(decodeNote(encodeNote({ text: TEXT, signatures })).signatures).toEqual(signatures);
  });

  it('read back as they were written, and fail with any character changed', () => {
    const signer = testSigner('note');
    const key = { name: 'example.org/log', publicKey: signer.publicKey };
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(), (body, at) => {
      const text = `${body.replaceAll(/\p{Cc}/gu, '')}\n`;
      const note = signNote(text, key.name, signer, nodeCrypto);
      expect(openNote(note, key, nodeCrypto).text).toBe(text);
      const place = at % note.length;
      const changed = note.slice(0, place) + (note[place] === 'x' ? 'y' : 'x') + note.slice(place + 1);
      expect(refusal(() => openNote(changed, key, nodeCrypto)).rule).toMatch(/^(note|bytes)\./);
    }), { numRuns: 200 });
  });

  it('are written only of names and signatures that can be read', () => {
    const signature = { name: 'a b', keyId: new Uint8Array(4), signature: new Uint8Array(64) };
    expect(refusal(() => encodeNote({ text: TEXT, signatures: [signature] })).rule).toBe('note.key-name');
    expect(refusal(() => encodeNote({ text: TEXT, signatures: [{ ...signature, name: 'a', keyId: new Uint8Array(3) }] })).rule).toBe('note.signature');
    expect(refusal(() => encodeNote({ text: TEXT, signatures: [] })).rule).toBe('note.signatures');
    expect(refusal(() => encodeNote({ text: 'no newline', signatures: [signature] })).rule).toBe('note.text');
  });
});

describe('verifier keys', () => {
  it.each([
    '', 'PeterNeumann', PETER.replace('c74f20a3', 'c74f20a4'), PETER.replace('c74f20a3', 'C74F20A3'), PETER.replace('PeterNeumann', 'Peter Neumann'),
    PETER.replace('+AR', '+AS'), `${PETER}\n`, PETER.replace('+AR', '+BR'),
  ])('%# are refused unless name, id and key belong together', (text) => {
    expect(refusal(() => decodeVerifierKey(nodeCrypto, text)).rule).toMatch(/^(note\.verifier-key|bytes\.base64)$/);
  });

  it('have the id that the name and the type give them', () => {
    const { publicKey } = testSigner('x');
    const id = nodeCrypto.sha256(concatBytes(utf8('a\n'), Uint8Array.of(1), publicKey)).slice(0, 4);
    expect(noteKeyId(nodeCrypto, { name: 'a', publicKey })).toEqual(id);
  });
});
