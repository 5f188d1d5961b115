import { expect, it } from 'vitest';
import { benchThreads } from './threads-bench.js';

it('gains from a second thread about what native hashing gains, measured in one run', async () => {
  const [row] = await benchThreads({ seconds: 6 });
  expect(row).toMatchObject({ name: 'pow/threads', unit: '×', against: 'crypto.hash' });
  const { value, ratio } = row as NonNullable<typeof row>;
  console.log(`pow/threads ${value.toFixed(2)} × with two threads, ${ratio.toFixed(2)} of what crypto.hash gains`);
  // `npm run bench` is where 0.9 is asked of a machine that does nothing else.
  expect(ratio).toBeGreaterThan(0.6);
});
