import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { defineConfig } from 'prisma/config';

/**
 * Prisma's command line insists on a native schema engine even for `generate`, which never runs it, and tries to
 * download one. Where none was delivered and none is named, any existing executable satisfies it: Node itself.
 */
function hasSchemaEngine(): boolean {
  try {
    const engines = dirname(createRequire(import.meta.url).resolve('@prisma/engines/package.json'));
    return existsSync(engines) && readdirSync(engines).some((file) => file.startsWith('schema-engine-'));
  } catch {
    return false;
  }
}

if (!process.env['PRISMA_SCHEMA_ENGINE_BINARY'] && !hasSchemaEngine()) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] = process.execPath;
}
process.env['CHECKPOINT_DISABLE'] ??= '1';

const url = process.env['DATABASE_URL'];

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Only `prisma migrate` connects; `generate` works without.
  ...(url ? { datasource: { url } } : {}),
});
