import { expect, it } from 'vitest';
import { benchVerify } from './verify-bench.js';

it('measures hashing, headers, signatures and receipts in one run', async () => {
  const rows = await benchVerify();
  for (const { value, unit, against, ratio } of rows) {
    console.log(`chain/verify ${value.toFixed(value < 1000 ? 1 : 0)} ${unit}${ratio === null ? '' : `, ${ratio.toFixed(2)} × ${against}`}`);
  }
  const figure = Object.fromEntries(rows.map(({ unit, value }) => [unit, value]));
  // A busy machine reaches a fraction of 100,000 leaves and 300,000 headers; what recomputes the window for each header does not reach this.
  expect(figure['leaves/s hashed']).toBeGreaterThan(30_000);
  expect(figure['headers/s']).toBeGreaterThan(60_000);
  expect(figure['leaves/s with signatures']).toBeGreaterThan(500);
  expect(figure['ms a receipt in JavaScript']).toBeLessThan(500);
});
