import { describe, expect, it } from 'vitest';
import { differences } from './differences.js';

const one = (...values: number[]) => [{ name: 'w', shape: [values.length], data: Float32Array.from(values) }];

describe('differences', () => {
  it('rounds w − base to float32 and leaves the inputs alone', () => {
    const base = one(0.1, 1, -8);
    const [delta] = differences(base, one(0.3, 1 + 2 ** -23, 0), 8);
    expect([...delta!.data]).toEqual([Math.fround(Math.fround(0.3) - Math.fround(0.1)), 2 ** -23, 8]);
    expect(base).toEqual(one(0.1, 1, -8));
  });

  it('refuses what the coordinator would refuse, and says what to change', () => {
    expect(() => differences(one(0), one(8.5), 8)).toThrow(expect.objectContaining({ code: 'update.out-of-bound' }));
    expect(() => differences(one(0), one(Number.NaN), 8)).toThrow(expect.objectContaining({ code: 'update.not-finite' }));
    expect(() => differences(one(0), one(-Infinity), 8)).toThrow(/lower learning rate/);
  });
});
