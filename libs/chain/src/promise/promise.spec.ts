import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes.js';
import { leafPayloadType } from '../leaf/kinds.js';
import { LEAF_KINDS } from '../leaf/kinds.js';
import type { LeafKind } from '../leaf/kinds.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { mutations } from '../testing/mutations.testing.js';
import { refusal } from '../testing/refusal.testing.js';
import { testHash, testSigner } from '../testing/test-chain.testing.js';
import { decodePromise, encodePromise, PROMISE_TYPE, signPromise, verifyPromise } from './promise.js';

const operator = testSigner('operator');
const body = { chain: testHash('chain'), leafHash: testHash('leaf'), height: 7, notAfterMs: 1_750_000_060_000, issuedAtMs: 1_750_000_000_000 };
const signed = signPromise(body, operator);

describe('promises', () => {
  it('are signed by the operator for one chain', () => {
    expect(verifyPromise(signed, operator, nodeCrypto)).toEqual(body);
    expect(verifyPromise(signed, { ...operator, chain: body.chain }, nodeCrypto)).toEqual(body);
    expect(refusal(() => verifyPromise(signed, testSigner('x'), nodeCrypto)).rule).toBe('promise.signature');
    expect(refusal(() => verifyPromise(signed, { ...operator, chain: testHash('another') }, nodeCrypto)).rule).toBe('promise.chain');
  });

  it('fail with any change', () => {
    for (const { path, value } of mutations(signed)) {
      expect(refusal(() => verifyPromise(value, operator, nodeCrypto)).rule, path).toMatch(/^(promise|bytes)\./);
    }
  });

  it('have a type that no leaf has', () => {
    expect(Object.keys(LEAF_KINDS).map((kind) => leafPayloadType(kind as LeafKind))).not.toContain(PROMISE_TYPE);
  });

  it('are kept as canonical JSON', () => {
    const file = encodePromise(signed);
    expect(decodePromise(file)).toEqual(signed);
    expect(new TextDecoder().decode(file)).toMatch(/^\{"promise":\{"chain":"[0-9a-f]{64}","height":7,/);
    expect(refusal(() => decodePromise(utf8(JSON.stringify(signed, null, 1)))).rule).toBe('json.canonical');
    expect(refusal(() => decodePromise(utf8('{}'))).rule).toBe('promise.format');
    expect(refusal(() => signPromise({ ...body, height: -1 }, operator)).rule).toBe('promise.format');
  });
});
