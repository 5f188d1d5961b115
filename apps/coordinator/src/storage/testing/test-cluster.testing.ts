import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../embedded/embedded-postgres.js';
import { applyMigrations } from '../migrations/apply-migrations.js';
import { silentLog } from '../storage-log.js';

const TEMPLATE = 'fedseal_template';

/** Nothing here outlives the run, so nothing waits for the disk. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300', shared_buffers: '64MB' };

/** A throwaway cluster with one migrated template database; every test file gets a copy (about 20 ms). */
export class TestCluster {
  private copies = 0;

  private constructor(
    private readonly home: string,
    private readonly server: EmbeddedPostgres,
    private readonly admin: pg.Client,
  ) {}

  static async start(): Promise<TestCluster> {
    const home = temporaryHome();
    const server = await EmbeddedPostgres.open(home, { log: silentLog, settings: SETTINGS });
    const admin = new pg.Client({ connectionString: server.urlOf('postgres') });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${TEMPLATE}`);
    await applyMigrations(server.urlOf(TEMPLATE));
    return new TestCluster(home, server, admin);
  }

  async create(): Promise<{ name: string; url: string }> {
    const name = `test_${++this.copies}`;
    await this.admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    return { name, url: this.server.urlOf(name) };
  }

  async drop(name: string): Promise<void> {
    await this.admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.server.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A folder that the server's account can reach also when root runs the tests: mkdtemp closes it to everybody else. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'fedseal-test-'));
  chmodSync(home, 0o755);
  return home;
}
