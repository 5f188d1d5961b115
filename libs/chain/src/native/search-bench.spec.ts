import { expect, it } from 'vitest';
import { benchSearch } from './search-bench.js';

it('searches at least eight times as fast as createHash, measured in one run', async () => {
  const rows = await benchSearch({ seconds: 1 });
  expect(rows.map(({ name, unit, against }) => ({ name, unit, against }))).toEqual([
    { name: 'pow/search', unit: 'MH/s', against: 'createHash' },
    { name: 'pow/search', unit: 'MH/s', against: 'crypto.hash' },
  ]);
  for (const { value, ratio, against } of rows) {
    console.log(`pow/search ${value.toFixed(1)} MH/s per core, ${ratio.toFixed(1)} × ${against}`);
    expect(ratio).toBeGreaterThan(against === 'createHash' ? 8 : 4);
  }
});
