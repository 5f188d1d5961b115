import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Config } from '../config/config.js';
import { CodedError } from '../observability/coded-error.js';
import { createPool } from './connection-pool.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { applyMigrations } from './migrations/apply-migrations.js';
import type { BlobStore } from './ports/blob.store.js';
import type { ContributorStore } from './ports/contributor.store.js';
import type { LedgerStore } from './ports/ledger.store.js';
import type { OutboxStore } from './ports/outbox.store.js';
import type { RoundStore } from './ports/round.store.js';
import type { RunStore } from './ports/run.store.js';
import type { UploadStore } from './ports/upload.store.js';
import type { Database } from './ports/transaction.js';
import { silentLog, type StorageLog } from './storage-log.js';
import { PostgresBlobStore } from './stores/postgres.blob.store.js';
import { PostgresLedgerStore } from './stores/postgres.ledger.store.js';
import { createPrismaClient, PrismaDatabase } from './stores/prisma-database.js';
import { PrismaContributorStore } from './stores/prisma.contributor.store.js';
import { PrismaOutboxStore } from './stores/prisma.outbox.store.js';
import { PrismaRoundStore } from './stores/prisma.round.store.js';
import { PrismaRunStore } from './stores/prisma.run.store.js';
import { PrismaUploadStore } from './stores/prisma.upload.store.js';

/** For blobs and bulk reads, borrowed for one batch at a time. */
const BULK_CONNECTIONS = 4;

/** Ordinary tables never need more at once: writers queue for the chain's lock anyway. */
const TABLE_CONNECTIONS = 8;

/** A database of its own may come up later than the coordinator, as containers do. */
const CONNECT_PATIENCE_MS = 30_000;

export interface Storage {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly ledger: LedgerStore;
  readonly runs: RunStore;
  readonly rounds: RoundStore;
  readonly contributors: ContributorStore;
  readonly outbox: OutboxStore;
  readonly uploads: UploadStore;
  /** Connection string, with the password: for the queue on the same database. Never log it. */
  readonly url: string;
  /** Ends every connection and, as the last user of an embedded server, stops it. */
  close(): Promise<void>;
}

/**
 * Opens the database that the configuration names, or the embedded one under its home, brings its schema up to date
 * and gives the stores. For the coordinator, for export and audit beside it, and for tests.
 *
 * @throws CodedError `database.*`
 */
export async function openStorage(config: Pick<Config, 'home' | 'databaseUrl'>, log: StorageLog = silentLog): Promise<Storage> {
  const server = config.databaseUrl === undefined ? await EmbeddedPostgres.open(config.home, { log }) : undefined;
  const url = server?.url ?? config.databaseUrl!;
  try {
    if (!server) await reach(url);
    for (const name of await applyMigrations(url)) log('info', `Applied migration ${name}`);
  } catch (error) {
    await server?.close();
    throw error;
  }
  const bulk = createPool(url, { name: 'fedseal bulk', max: BULK_CONNECTIONS, log });
  const tables = createPool(url, { name: 'fedseal', max: TABLE_CONNECTIONS, log });
  const prisma = createPrismaClient(tables.pool);
  const blobs = new PostgresBlobStore(bulk.pool);
  await blobs.sweep();
  let closed: Promise<void> | undefined;
  const close = async () => {
    await prisma.$disconnect();
    await Promise.all([tables.end(), bulk.end()]);
    await server?.close();
  };
  return {
    database: new PrismaDatabase(prisma),
    blobs,
    ledger: new PostgresLedgerStore(prisma, bulk.pool),
    runs: new PrismaRunStore(prisma),
    rounds: new PrismaRoundStore(prisma),
    contributors: new PrismaContributorStore(prisma),
    outbox: new PrismaOutboxStore(prisma),
    uploads: new PrismaUploadStore(prisma),
    url,
    close: () => (closed ??= close()),
  };
}

/** Waits for a server that is on its way up; a wrong password or a missing database is said at once. */
async function reach(url: string): Promise<void> {
  for (const start = performance.now(); ; await delay(250)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (cause) {
      // 57P03: starting up. Whatever else a server says will not pass by itself.
      const isFinal = cause instanceof pg.DatabaseError && cause.code !== '57P03';
      if (!isFinal && performance.now() - start < CONNECT_PATIENCE_MS) continue;
      throw new CodedError(
        'database.unavailable',
        `The Postgres that DATABASE_URL names cannot be used (${cause instanceof Error ? cause.message : String(cause)}); check that it runs and that the address, account and database in DATABASE_URL are right.`,
        { cause },
      );
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
