import { defineConfig } from 'vitest/config';

/** The dashboard in a real browser before a real federation: `npm run test:e2e`. */
export default defineConfig({
  root: import.meta.dirname,
  test: { include: ['src/e2e/*.e2e.ts'], pool: 'forks', maxWorkers: 1, testTimeout: 120_000, hookTimeout: 180_000 },
});
