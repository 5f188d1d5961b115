import { expect, it } from 'vitest';
import { benchThreads } from './threads-bench.js';

it('gives one row: the scaling of two search threads beside that of native hashing', async () => {
  const [row, ...more] = await benchThreads({ seconds: 2 });
  expect(more).toEqual([]);
  expect(row).toMatchObject({ name: 'pow/threads', unit: '×', against: 'crypto.hash' });
  expect(row!.value).toBeGreaterThan(0);
  expect(row!.ratio).toBeGreaterThan(0);
});
