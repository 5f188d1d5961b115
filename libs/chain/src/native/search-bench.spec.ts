import { expect, it } from 'vitest';
import { benchSearch } from './search-bench.js';

it('gives a row for each baseline, with one value and the ratio it claims', async () => {
  const rows = await benchSearch({ seconds: 1 });
  expect(rows.map(({ name, unit, against }) => ({ name, unit, against }))).toEqual([
    { name: 'pow/search', unit: 'MH/s', against: 'createHash' },
    { name: 'pow/search', unit: 'MH/s', against: 'crypto.hash' },
  ]);
  for (const { value, ratio } of rows) {
    expect(value).toBeGreaterThan(0);
    expect(ratio).toBeGreaterThan(0);
  }
  expect(rows[0]!.value).toBe(rows[1]!.value);
});
