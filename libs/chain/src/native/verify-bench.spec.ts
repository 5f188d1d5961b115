import { expect, it } from 'vitest';
import { benchVerify } from './verify-bench.js';

it('measures hashing, headers, signatures and receipts in one run', async () => {
  const rows = await benchVerify();
  expect(rows.map(({ unit }) => unit)).toEqual(['leaves/s hashed', 'headers/s', 'leaves/s with signatures', 'ms a receipt in JavaScript']);
  for (const { value, against, ratio } of rows) {
    expect(value).toBeGreaterThan(0);
    expect(ratio === null).toBe(against === null);
  }
});
