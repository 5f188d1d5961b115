import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Rooms and what each may import: the one-way rule of docs/ARCHITECTURE.md. */
const rooms = {
  chain: [],
  model: [],
  protocol: [],
  rounds: ['chain', 'model'],
  coordinator: ['protocol', 'rounds', 'model', 'chain'],
  worker: ['protocol', 'model', 'chain'],
  cli: ['protocol', 'rounds', 'model', 'chain'],
  dashboard: ['protocol', 'chain'],
};

const tag = (room) => `room:${room}`;

export default tseslint.config(
  { ignores: ['**/dist/**', '**/generated/**', '**/node_modules/**', 'libs/model/kernels/**', 'apps/worker/kernels/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts', 'apps/**/*.tsx', 'test/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          // A library may be imported both ways: this is no browser bundle, where that would cost a lazy load.
          checkDynamicDependenciesExceptions: ['.*'],
          depConstraints: Object.entries(rooms).map(([room, targets]) => ({
            sourceTag: tag(room),
            onlyDependOnLibsWithTags: [room, ...targets].map(tag),
          })),
        },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'off',
      'max-lines': ['error', { max: 350 }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the environment in a config file only.' },
      ],
    },
  },
  {
    files: ['**/config/**', '**/*.config.*', '**/*.spec.ts', '**/*.spec.tsx', '**/*.testing.ts', 'scripts/**', 'test/**', 'prisma.config.ts'],
    rules: { 'no-restricted-properties': 'off', 'max-lines': 'off' },
  },
);
