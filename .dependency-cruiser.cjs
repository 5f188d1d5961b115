/** Import rules that live inside a project; rules between projects are Nx module boundaries (eslint.config.mjs). */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'prisma-only-in-storage',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/coordinator/src/storage/' },
      to: { path: 'node_modules/(@prisma/|pg/|pg-copy-streams/)|storage/generated/' },
    },
    {
      name: 'queue-libraries-only-in-queue',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/coordinator/src/queue/' },
      to: { path: 'node_modules/(bullmq|ioredis|graphile-worker)/' },
    },
    {
      name: 'libs-know-no-framework',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: 'node_modules/(@nestjs|@prisma|socket.io|@tensorflow)' },
    },
    {
      name: 'model-imports-nothing',
      severity: 'error',
      from: { path: '^libs/model/src/', pathNot: '\\.spec\\.ts$|/native/' },
      to: { pathNot: '^libs/model/src/' },
    },
    {
      name: 'model-native-imports-node-alone',
      severity: 'error',
      from: { path: '^libs/model/src/native/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/model/src/|node_modules/@types/node/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'coordinator-never-trains',
      severity: 'error',
      from: { path: '^apps/coordinator/' },
      to: { path: 'node_modules/@tensorflow/' },
    },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'sources-never-import-tests',
      severity: 'error',
      from: { pathNot: '\\.(spec|testing|e2e)\\.tsx?$' },
      to: { path: '\\.(spec|testing)\\.tsx?$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/|/generated/' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['@fedseal/source', 'import', 'require', 'node', 'default', 'types'], exportsFields: ['exports'] },
    tsConfig: { fileName: 'tsconfig.spec.json' },
  },
};
