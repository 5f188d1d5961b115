import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { CodedError } from '../../observability/coded-error.js';
import type { StorageLog } from '../storage-log.js';
import { openClusterFolder, type ClusterFolder } from './cluster-folder.js';
import { Keeper } from './keeper.js';
import { postmasterFile, readPostmaster, type Postmaster } from './postmaster-file.js';
import { prepareServerBinaries, type ServerBinaries } from './server-binaries.js';
import { freePort, initialiseCluster, startServer, type ServerProcess } from './server-process.js';
import { stopServer } from './stop-server.js';

const DATABASE = 'fedseal';

const SILENCE_MS = 20_000;
/** A server that recovers after a crash says `starting`, however long it takes. */
const RECOVERY_MS = 600_000;
const LOOK_AGAIN_MS = 20;

/** Small defaults for one federation on one machine; no replication, so the least write-ahead log. */
const SETTINGS = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '100',
  jit: 'off',
  log_min_messages: 'warning',
  timezone: 'UTC',
};

export interface EmbeddedPostgresOptions {
  readonly log: StorageLog;
  /** Server settings on top of ours; `fsync: 'off'` also for the creation of the cluster. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long a server that is alive may stay silent before it counts as hung; 20 s by default. */
  readonly silenceMs?: number;
  /** The most that each signal gets to stop it. */
  readonly stopPatienceMs?: number;
  /** Where root's cluster goes when the home cannot be reached by the server's account. */
  readonly shelter?: string;
}

/**
 * The Postgres server of one home, shared by every process that opens it (coordinator, export, audit). Whoever comes
 * first starts it, whoever leaves last stops it; a server that survived its processes is taken over, one that hangs is
 * stopped, and one that dies is started again on the same port, so that connection pools recover by themselves.
 */
export class EmbeddedPostgres {
  private keeper: Keeper | undefined;
  private closing = false;
  /** The running server, when this process is its parent. */
  private child: ServerProcess | undefined;
  private revival: Promise<void> | undefined;
  private readonly onExit = () => this.stopAtExit();

  private constructor(
    private readonly folder: ClusterFolder,
    private readonly binaries: ServerBinaries,
    private readonly options: EmbeddedPostgresOptions,
    private port: number | undefined,
  ) {}

  /** @throws CodedError `database.*` with what to do */
  static async open(home: string, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const folder = openClusterFolder(home, options.shelter);
    const binaries = prepareServerBinaries(folder.path, folder.account);
    await initialiseCluster(folder, binaries, { sync: options.settings?.['fsync'] !== 'off' });
    const server = new EmbeddedPostgres(folder, binaries, options, undefined);
    await server.attach();
    await server.keeper!.ensureDatabase(DATABASE);
    process.once('exit', server.onExit);
    return server;
  }

  /** Connection string of the application's database. Contains the password: never log it. */
  get url(): string {
    return this.urlOf(DATABASE);
  }

  urlOf(database: string): string {
    const { user, password } = this.folder;
    return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  /** The server's process, for fault tests and diagnosis. */
  get pid(): number | undefined {
    const postmaster = readPostmaster(this.folder.data);
    return typeof postmaster === 'object' ? postmaster.pid : undefined;
  }

  /** Leaves the server, and stops it when nobody else uses it. Every other connection must be closed before. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    process.off('exit', this.onExit);
    await this.revival;
    await this.registerWithOwn();
    const keeper = this.keeper;
    if (!keeper) return;
    const isLast = await keeper.leave().catch(() => false);
    const postmaster = readPostmaster(this.folder.data);
    if (isLast && typeof postmaster === 'object') {
      await stopServer(this.folder.data, postmaster.pid);
      // It lets go of its folder a moment before it has ended.
      if (this.child?.pid === postmaster.pid) await this.child.end();
    }
    await keeper.end();
  }

  /** Finds the running server or starts one, and registers with it. */
  private async attach(): Promise<void> {
    let silentSince = performance.now();
    let silentPid = 0;
    while (!this.closing) {
      const postmaster = readPostmaster(this.folder.data);
      if (postmaster === undefined || postmaster === 'stale') {
        await this.start(postmaster === 'stale');
        silentSince = performance.now();
        continue;
      }
      if (postmaster.pid !== silentPid) [silentPid, silentSince] = [postmaster.pid, performance.now()];
      if (await this.register(postmaster)) return;
      const patience = postmaster.status === 'starting' ? RECOVERY_MS : (this.options.silenceMs ?? SILENCE_MS);
      if (performance.now() - silentSince > patience) await this.stopHung(postmaster);
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** Closed between the start of a server and the registration with it: nobody else would stop what this process started. */
  private async registerWithOwn(): Promise<void> {
    const postmaster = readPostmaster(this.folder.data);
    if (this.keeper || typeof postmaster !== 'object' || postmaster.pid !== this.child?.pid) return;
    await this.register(postmaster);
  }

  private async register(postmaster: Postmaster): Promise<boolean> {
    if (postmaster.port === undefined || postmaster.status !== 'ready') return false;
    try {
      this.keeper = await Keeper.register(this.folder, postmaster.port, () => this.lost());
      this.port = postmaster.port;
      return true;
    } catch (cause) {
      if (cause instanceof pg.DatabaseError && cause.code === '28P01') {
        throw new CodedError(
          'database.password',
          `The database in ${this.folder.path} does not take the password in connection.json; restore that file from a backup.`,
          { cause },
        );
      }
      return false;
    }
  }

  private async start(isStale: boolean): Promise<void> {
    for (let failures = 0; ; failures++) {
      const port = this.port !== undefined && failures < 10 ? this.port : await freePort();
      const child = await startServer(this.folder, this.binaries, port, { ...SETTINGS, ...this.options.settings });
      const reason = await this.untilReady(child);
      if (reason === undefined) {
        this.child = child;
        return;
      }
      if (/lock file .* already exists/.test(reason)) {
        // Either another process started the server first, or a crash left the file and its process id was given
        // to another program since, which the server takes for a running one.
        if (isStale && readPostmaster(this.folder.data) === 'stale') rmSync(postmasterFile(this.folder.data), { force: true });
        return;
      }
      // A server that was killed leaves processes behind that need a moment to notice.
      const passes = /could not bind|in use|pre-existing shared memory/.test(reason);
      if (!passes || failures >= 50) {
        throw new CodedError('database.start', `Postgres did not start in ${this.folder.path}: ${reason}`);
      }
      await delay(100);
    }
  }

  /** @returns the reason when the server ended before it was ready. Recovery after a crash may take its time. */
  private async untilReady(child: ServerProcess): Promise<string | undefined> {
    let reason: string | undefined;
    void child.ended.then((last) => (reason = last));
    for (;;) {
      const postmaster = readPostmaster(this.folder.data);
      if (typeof postmaster === 'object' && postmaster.pid === child.pid && postmaster.status === 'ready') return undefined;
      if (reason !== undefined) return reason;
      await delay(LOOK_AGAIN_MS);
    }
  }

  private async stopHung(postmaster: Postmaster): Promise<void> {
    if (!postmaster.certain) {
      throw new CodedError(
        'database.unavailable',
        `A Postgres (process ${postmaster.pid}) that was not started by this program holds ${this.folder.data}; stop it and start again.`,
      );
    }
    this.options.log('warn', `Postgres (process ${postmaster.pid}) does not answer and is stopped`);
    await stopServer(this.folder.data, postmaster.pid, this.options.stopPatienceMs);
  }

  /** The server died or was restarted under us. */
  private lost(): void {
    this.keeper = undefined;
    if (this.closing || this.revival) return;
    this.options.log('warn', 'The connection to Postgres was lost; it is started again');
    this.revival = this.revive().finally(() => (this.revival = undefined));
  }

  private async revive(): Promise<void> {
    for (let waitMs = 100; !this.closing; waitMs = Math.min(waitMs * 2, 5000)) {
      try {
        await this.attach();
        // It may have died once more before this process came to say so.
        if (!this.keeper) continue;
        this.options.log('info', 'Postgres answers again');
        return;
      } catch (error) {
        this.options.log('error', 'Postgres could not be started again', error);
        await delay(waitMs, undefined, { ref: false });
      }
    }
  }

  /** The process ends without `close`: a server that it started must not stay behind. */
  private stopAtExit(): void {
    const postmaster = readPostmaster(this.folder.data);
    if (typeof postmaster !== 'object' || postmaster.pid !== this.child?.pid) return;
    try {
      process.kill(postmaster.pid, 'SIGINT');
    } catch {
      // It is gone already.
    }
  }
}
