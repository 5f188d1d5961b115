import { defineConfig } from 'vitest/config';

/** Sources are tested directly: workspace packages resolve to their TypeScript through this export condition. */
const conditions = ['@fedseal/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts', 'apps/dashboard/src/**/*.spec.tsx', 'test/**/*.spec.ts', 'tools/**/*.spec.ts'],
    globalSetup: ['apps/coordinator/src/storage/testing/global-setup.testing.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
