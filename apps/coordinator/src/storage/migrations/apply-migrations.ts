import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { CodedError } from '../../observability/coded-error.js';
import { readMigrations, type Migration } from './read-migrations.js';

/** The advisory lock that Prisma's own command takes, so that neither runs beside the other. */
const PRISMA_MIGRATE_LOCK = 72_707_369;

/** Prisma's own definition, so that `prisma migrate status` reads what was done here. */
const HISTORY = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

interface Applied {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/**
 * Brings the database to this version's schema, as `prisma migrate deploy` does and records it. A migration and its
 * record commit together, so a crash leaves none half done. Several processes may start at once.
 *
 * @returns the names of the migrations applied now
 * @throws CodedError `database.migration-edited`, `database.migration-unfinished`, `database.newer`,
 * `database.migration-failed`
 */
export async function applyMigrations(url: string, migrations: readonly Migration[] = readMigrations()): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'fedseal migrations', connectionTimeoutMillis: 30_000 });
  // A connection that breaks rejects the query under way; without a listener it would also end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK]);
    await client.query(HISTORY);
    const { rows } = await client.query<Applied>(
      'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    );
    const pending = compare(rows, migrations);
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function compare(history: readonly Applied[], migrations: readonly Migration[]): Migration[] {
  const applied = new Map(history.map((row) => [row.migration_name, row]));
  const unfinished = history.find((row) => row.finished_at === null);
  if (unfinished) {
    throw new CodedError(
      'database.migration-unfinished',
      `Migration ${unfinished.migration_name} was begun by another tool and never finished; repair the database and mark it with \`npx prisma migrate resolve\`.`,
    );
  }
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = history.find((row) => !known.has(row.migration_name));
  if (unknown) {
    throw new CodedError(
      'database.newer',
      `The database has migration ${unknown.migration_name}, which this version does not know; start the version that wrote it or a newer one.`,
    );
  }
  for (const { name, checksum } of migrations) {
    const row = applied.get(name);
    if (row && row.checksum !== checksum) {
      throw new CodedError(
        'database.migration-edited',
        `Migration ${name} was edited after it was applied; restore the file and put the change into a new migration.`,
      );
    }
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new CodedError(
      'database.migration-failed',
      `Migration ${name} failed and changed nothing: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
