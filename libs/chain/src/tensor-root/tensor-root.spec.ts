import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { refusal } from '../testing/refusal.testing.js';
import { tensorRoot } from './tensor-root.js';
import type { RootedTensor } from './tensor-root.js';

const tensor = (name: string, shape: number[], fill: number): RootedTensor => ({
  name, dtype: 'F32', shape, data: new Uint8Array(4 * shape.reduce((a, b) => a * b, 1)).fill(fill),
});
const tensors = [tensor('dense.kernel', [3, 2], 1), tensor('dense.bias', [2], 2), tensor('step', [], 3), tensor('é', [0], 4), tensor('dense', [1], 5)];

describe('tensor root', () => {
  it('of one tensor is the RFC 6962 hash of its canonical JSON', () => {
    const [{ data }] = tensors as [RootedTensor];
    const json = `{"dtype":"F32","name":"dense.kernel","sha256":"${createHash('sha256').update(data).digest('hex')}","shape":[3,2]}`;
    expect(toHex(tensorRoot(nodeCrypto, tensors.slice(0, 1)))).toBe(createHash('sha256').update(`\0${json}`).digest('hex'));
  });

  it('does not depend on the order, nor on the implementation', () => {
    const root = tensorRoot(nodeCrypto, tensors);
    fc.assert(fc.property(fc.shuffledSubarray(tensors, { minLength: tensors.length }), (shuffled) => {
      expect(tensorRoot(nodeCrypto, shuffled)).toEqual(root);
      expect(tensorRoot(nobleCrypto, shuffled)).toEqual(root);
    }));
  });

  it('depends on every name, shape and byte', () => {
    const root = toHex(tensorRoot(nodeCrypto, tensors));
    for (const [i, original] of tensors.entries()) {
      const changes: RootedTensor[] = [{ ...original, name: `${original.name}2` }, { ...original, shape: [1, ...original.shape] }];
      if (original.data.length > 0) changes.push({ ...original, data: original.data.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) });
      for (const change of changes) expect(toHex(tensorRoot(nodeCrypto, tensors.with(i, change)))).not.toBe(root);
    }
  });

  it('refuses two tensors of one name, and data that its shape does not hold', () => {
    expect(refusal(() => tensorRoot(nodeCrypto, [...tensors, tensor('step', [1], 1)])).rule).toBe('tensor-root.name');
    expect(refusal(() => tensorRoot(nodeCrypto, [{ ...tensor('a', [2], 1), shape: [3] }])).rule).toBe('tensor-root.shape');
  });
});
