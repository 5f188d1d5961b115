import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../embedded/embedded-postgres.js';
import { readPostmaster } from '../embedded/postmaster-file.js';
import { stopServer } from '../embedded/stop-server.js';
import { applyMigrations } from '../migrations/apply-migrations.js';
import { silentLog } from '../storage-log.js';

/** Names the process that runs the tests. */
const PREFIX = 'fedseal-cluster-';

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
    await removeAbandoned();
    const home = temporaryHome(`${PREFIX}${process.pid}-`);
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

/** Clusters of test runs that were killed: nobody else stops their servers. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const home = join(tmpdir(), name);
    const data = join(home, 'postgres', 'data');
    const postmaster = readPostmaster(data);
    if (typeof postmaster === 'object' && postmaster.certain) await stopServer(data, postmaster.pid);
    rmSync(home, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** A folder that the server's account can reach also when root runs the tests: mkdtemp closes it to everybody else. */
export function temporaryHome(prefix = 'fedseal-test-'): string {
  const home = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(home, 0o755);
  return home;
}
