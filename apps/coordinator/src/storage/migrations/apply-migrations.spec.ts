import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.testing.js';
import { applyMigrations } from './apply-migrations.js';
import { migrationsFolder, readMigrations, type Migration } from './read-migrations.js';

const migration = (name: string, sql: string): Migration => ({ name, sql, checksum: createHash('sha256').update(sql).digest('hex') });

const first = migration('20300101000000_first', 'CREATE TABLE first (n int); INSERT INTO first VALUES (1);');
const second = migration('20300102000000_second', 'ALTER TABLE first ADD m int;');

describe('applyMigrations', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeEach(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    // An empty database again: the copies come migrated.
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  });
  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  const apply = (...migrations: Migration[]) => applyMigrations(database.url, migrations);
  const history = async () =>
    (await client.query('SELECT migration_name, checksum, applied_steps_count, finished_at IS NOT NULL AS finished, rolled_back_at, logs FROM "_prisma_migrations" ORDER BY migration_name')).rows;

  it('brings an empty database to the schema of prisma/migrations and records each file as Prisma does', async () => {
    const migrations = readMigrations();
    expect(migrations.length).toBeGreaterThanOrEqual(2);
    expect(await applyMigrations(database.url)).toEqual(migrations.map(({ name }) => name));
    expect(await history()).toEqual(
      migrations.map(({ name }) => ({
        migration_name: name,
        checksum: createHash('sha256').update(readFileSync(join(migrationsFolder, name, 'migration.sql'))).digest('hex'),
        applied_steps_count: 1,
        finished: true,
        rolled_back_at: null,
        logs: null,
      })),
    );
    const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM pg_trigger WHERE NOT tgisinternal`);
    expect(rows[0]!.n).toBeGreaterThanOrEqual(9);
    expect(await applyMigrations(database.url)).toEqual([]);
  });

  it('applies only what is new, in order', async () => {
    expect(await apply(first)).toEqual([first.name]);
    expect(await apply(first, second)).toEqual([second.name]);
    expect((await client.query('SELECT * FROM first')).rows).toEqual([{ n: 1, m: null }]);
  });

  it('refuses an applied file that was edited, and does nothing then', async () => {
    await apply(first);
    const edited = migration(first.name, `${first.sql} -- tidied`);
    await expect(apply(edited, second)).rejects.toMatchObject({ code: 'database.migration-edited', message: expect.stringContaining(first.name) });
    expect((await history()).length).toBe(1);
  });

  it('refuses a database that a newer version wrote, and one with an unfinished migration', async () => {
    await apply(first, second);
    await expect(apply(first)).rejects.toMatchObject({ code: 'database.newer', message: expect.stringContaining(second.name) });
    await client.query('UPDATE "_prisma_migrations" SET finished_at = NULL WHERE migration_name = $1', [second.name]);
    await expect(apply(first, second)).rejects.toMatchObject({ code: 'database.migration-unfinished' });
    // What an operator resolved as rolled back is applied again.
    await client.query('UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE migration_name = $1; ', [second.name]);
    await client.query('ALTER TABLE first DROP m');
    expect(await apply(first, second)).toEqual([second.name]);
  });

  it('leaves nothing of a migration that fails half way', async () => {
    const broken = migration(second.name, 'CREATE TABLE half (n int); SELECT nonsense;');
    await expect(apply(first, broken)).rejects.toMatchObject({ code: 'database.migration-failed' });
    expect((await history()).map((row: { migration_name: string }) => row.migration_name)).toEqual([first.name]);
    expect((await client.query(`SELECT to_regclass('half') AS half`)).rows).toEqual([{ half: null }]);
    expect(await apply(first, second)).toEqual([second.name]);
  });

  it('lets several processes start at once', async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, () => apply(first, second)));
    expect(applied.flat().toSorted()).toEqual([first.name, second.name]);
    expect((await client.query('SELECT n FROM first')).rows).toEqual([{ n: 1 }]);
  });
});
