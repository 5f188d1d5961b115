import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { runTaskList, type Logger, type TaskList, type WorkerEvents, type WorkerPool, type WorkerUtils } from 'graphile-worker';
import type { ConnectionPool } from '../storage/connection-pool.js';
import type { StorageConnection } from '../storage/storage-connection.js';
import type { QueueLog } from './job-runner.js';

type PgClient = Parameters<Parameters<WorkerUtils['withPgClient']>[0]>[0];

/** How often delayed jobs are looked for; new ones are announced by the database. */
const POLL_MS = 500;

/** Advisory locks of this class say that the worker of an id lives. */
const LIVES = 0x4653_4c51;

/** How often jobs of dead workers are looked for, and how long a new worker has to show that it lives. */
const RESCUE_MS = 5000;

const RESTART_MS = 1000;

/**
 * Keeps the library's workers alive. A worker of the library ends for good when the database is away in the moment in
 * which it marks a job as done, and a job of a process that was killed stays locked for four hours; here the former
 * are replaced, and every process shows by a lock of its session which workers live, so that the others can free the
 * jobs of the rest.
 */
export class GraphileRunners {
  private readonly living = new Set<string>();
  private readonly pools = new Map<WorkerPool, ConnectionPool>();
  private readonly stopped = new AbortController();
  private presence: Promise<void> | undefined;

  constructor(
    private readonly connection: StorageConnection,
    private readonly utils: WorkerUtils,
    private readonly logger: Logger,
    private readonly log: QueueLog,
  ) {}

  start(taskList: TaskList, concurrency: number): void {
    this.launch(taskList, concurrency);
    this.presence = this.keepPresence();
  }

  /** Finishes what runs. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all([...this.pools.keys()].map((workers) => this.drain(workers)));
    await this.presence;
  }

  /** Workers alone: the library's runner adds its cron, whose failure in a restart ends the process. */
  private launch(taskList: TaskList, concurrency: number): void {
    const events: WorkerEvents = new EventEmitter();
    let works = false;
    let replaced = false;
    const replace = () => {
      if (replaced || this.stopped.signal.aborted) return;
      replaced = true;
      this.log('warn', 'The queue lost its connection to the database; its workers are started again');
      // What the old workers still run they finish beside the new ones.
      void this.drain(workers);
      void this.wait(works ? 0 : RESTART_MS).then(() => {
        if (!this.stopped.signal.aborted) this.launch(taskList, concurrency);
      });
    };
    events.on('worker:create', ({ worker }) => this.living.add(worker.workerId));
    events.on('worker:getJob:empty', () => (works = true));
    events.on('job:start', () => (works = true));
    // Workers look up their tasks once and keep a failure of it for ever.
    events.on('worker:getJob:error', () => works || replace());
    events.on('worker:fatalError', ({ worker }) => {
      // Its job is freed with the next look for the dead.
      this.living.delete(worker.workerId);
      replace();
    });
    // One connection listens for announcements.
    const connections = this.connection.createPool('fedseal queue', concurrency + 1);
    const options = { concurrency, pollInterval: POLL_MS, noHandleSignals: true, useNodeTime: true, logger: this.logger, events };
    const workers = runTaskList(options, taskList, connections.pool);
    this.pools.set(workers, connections);
  }

  private async drain(workers: WorkerPool): Promise<void> {
    await workers.gracefulShutdown().catch(() => undefined);
    await workers.promise.catch(() => undefined);
    await this.pools.get(workers)?.end();
    this.pools.delete(workers);
  }

  private async keepPresence(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.utils.withPgClient((client) => this.watch(client));
      } catch (error) {
        this.log('warn', 'The queue lost its connection to the database', error);
        await this.wait(RESTART_MS);
      }
    }
  }

  /** On one session until it breaks: locks for our workers, and a look for locks that nobody holds. */
  private async watch(client: PgClient): Promise<void> {
    const shown = new Set<string>();
    while (!this.stopped.signal.aborted) {
      for (const id of this.living) {
        if (shown.has(id)) continue;
        await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [LIVES, id]);
        shown.add(id);
      }
      for (const id of shown) {
        if (this.living.has(id)) continue;
        await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LIVES, id]);
        shown.delete(id);
      }
      await this.rescue(client);
      await this.wait(RESCUE_MS);
    }
    await client.query('SELECT pg_advisory_unlock_all()');
  }

  private async rescue(client: PgClient): Promise<void> {
    const { rows } = await client.query<{ id: string }>(
      `SELECT DISTINCT locked_by AS id FROM graphile_worker.jobs WHERE locked_at < now() - make_interval(secs => $1::float8 / 1000)`,
      [RESCUE_MS],
    );
    for (const { id } of rows) {
      // A lock of our own would be granted again.
      if (this.living.has(id)) continue;
      const { rows: got } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS free', [LIVES, id]);
      if (!got[0]?.free) continue;
      await client.query('SELECT graphile_worker.force_unlock_workers($1)', [[id]]);
      await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LIVES, id]);
    }
  }

  private async wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopped.signal, ref: false }).catch(() => undefined);
  }
}
