import { describe, expect, it } from 'vitest';
import { scanUpdate } from './scan-update.js';
import { validateUpdate, type UpdateTensor } from './validate-update.js';

const base = [
  { name: 'dense.kernel', shape: [2, 3] },
  { name: 'dense.bias', shape: [3] },
];

function update(change: Partial<Record<string, Partial<UpdateTensor>>> = {}): UpdateTensor[] {
  return [
    { name: 'dense.bias', shape: [3], data: new Float32Array(3), dtype: 'F32', ...change['dense.bias'] },
    { name: 'dense.kernel', shape: [2, 3], data: Float32Array.of(1, -8, 8, 0, -0, 2 ** -149), ...change['dense.kernel'] },
  ];
}

describe('validateUpdate', () => {
  it('accepts deltas up to the bound, in any order of tensors', () => {
    expect(validateUpdate(base, update(), 8)).toBe('ok');
    expect(validateUpdate(base, update().reverse(), 8)).toBe('ok');
  });

  it('names each fault', () => {
    expect(validateUpdate(base, update().slice(1), 8)).toBe('tensor-missing');
    expect(validateUpdate(base, [], 8)).toBe('tensor-missing');
    expect(validateUpdate(base, [...update(), { name: 'dense_1.bias', shape: [1], data: new Float32Array(1) }], 8)).toBe('tensor-unknown');
    expect(validateUpdate(base, [...update(), update()[0]!], 8)).toBe('tensor-unknown');
    expect(validateUpdate(base, update({ 'dense.kernel': { shape: [3, 2] } }), 8)).toBe('shape-mismatch');
    expect(validateUpdate(base, update({ 'dense.kernel': { shape: [6] } }), 8)).toBe('shape-mismatch');
    expect(validateUpdate(base, update({ 'dense.bias': { data: new Float32Array(4) } }), 8)).toBe('shape-mismatch');
    expect(validateUpdate(base, update({ 'dense.bias': { dtype: 'F16' } }), 8)).toBe('dtype-mismatch');
    expect(validateUpdate(base, update({ 'dense.bias': { data: Float32Array.of(0, NaN, 0) } }), 8)).toBe('non-finite');
    expect(validateUpdate(base, update({ 'dense.bias': { data: Float32Array.of(0, 0, -Infinity) } }), 8)).toBe('non-finite');
    expect(validateUpdate(base, update({ 'dense.bias': { data: Float32Array.of(8 + 2 ** -20, 0, 0) } }), 8)).toBe('out-of-bound');
    expect(validateUpdate(base, update({ 'dense.bias': { data: Float32Array.of(0, -(8 + 2 ** -20), 0) } }), 8)).toBe('out-of-bound');
  });

  it('takes the bound of each tensor by name', () => {
    const wide = update({ 'dense.bias': { data: Float32Array.of(900, 0, 0) } });
    expect(validateUpdate(base, wide, 8)).toBe('out-of-bound');
    expect(validateUpdate(base, wide, (name) => (name === 'dense.bias' ? 1024 : 8))).toBe('ok');
  });
});

describe('scanUpdate', () => {
  it('says non-finite when a finite value is out of bound too, whichever stands first', () => {
    const long = new Float32Array(50_000);
    long[3] = 9;
    long[49_999] = NaN;
    expect(scanUpdate(long, 8)).toBe('non-finite');
    expect(scanUpdate(long.reverse(), 8)).toBe('non-finite');
    expect(scanUpdate(long.subarray(0, 0), 8)).toBe('ok');
  });
});
