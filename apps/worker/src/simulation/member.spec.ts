import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { describe, expect, it } from 'vitest';
import type { HostSpec } from './host-spec.js';
import { hostedMembers } from './member.js';

const spec = (index: number, of: number, seed = 1, evaluator = false) => ({ index, of, clients: 7, seed, evaluator }) as HostSpec;
const keysOf = (hosted: HostSpec) => hostedMembers(nodeCrypto, hosted).map(({ name, signer }) => `${name} ${toHex(signer.keyId)}`);

describe('hostedMembers', () => {
  it('gives every client to exactly one host, with the same key however many hosts there are', () => {
    const apart = [0, 1, 2].flatMap((index) => keysOf(spec(index, 3)));
    expect(apart.toSorted()).toEqual(keysOf(spec(0, 1)).toSorted());
    expect(new Set(apart).size).toBe(7);
  });

  it('gives every member and every seed other keys', () => {
    const keys = [...keysOf(spec(0, 1, 1, true)), ...keysOf(spec(0, 1, 2, true))].map((text) => text.split(' ')[1]);
    expect(new Set(keys).size).toBe(16);
  });
});
