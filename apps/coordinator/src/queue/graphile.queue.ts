import { Logger, makeWorkerUtils, type WorkerUtils } from 'graphile-worker';
import { z } from 'zod';
import { CodedError } from '../observability/coded-error.js';
import type { ConnectionPool } from '../storage/connection-pool.js';
import type { StorageConnection } from '../storage/storage-connection.js';
import { GraphileRunners } from './graphile-runners.js';
import { DEFAULT_BACKOFF, JobRunner, type Backoff, type QueuedJob, type QueueLog } from './job-runner.js';
import { Queue, type Job, type JobHandler } from './queue.js';

export interface GraphileQueueOptions {
  readonly log: QueueLog;
  readonly nowMs: () => number;
  readonly backoff?: Backoff;
}

/** The one task of the library that all jobs travel as, so that a name without a handler stays visible. */
const TASK = 'fedseal';

const envelope = z.object({ name: z.string(), key: z.string(), payload: z.unknown(), failures: z.int() });

/** Connections for adding jobs; the runner of jobs has its own. */
const PRODUCER_CONNECTIONS = 2;

/** The library's own retries are the last resort behind ours; it must never give up. Its column is a smallint. */
const MAX_ATTEMPTS = 32_767;

/**
 * Jobs in the Postgres that holds everything else, in the schema `graphile_worker`, which the library makes itself.
 * New jobs are pushed by NOTIFY, delayed ones are found by polling.
 */
export class GraphileQueue extends Queue {
  private pool: ConnectionPool | undefined;
  private producer: Promise<WorkerUtils> | undefined;
  private runner: JobRunner | undefined;
  private runners: GraphileRunners | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly connection: StorageConnection,
    private readonly options: GraphileQueueOptions,
  ) {
    super();
  }

  override async add(job: Job): Promise<void> {
    this.runner?.check(job.name);
    await this.insert({ name: job.name, key: job.key, payload: job.payload, failures: 0 }, job.runAtMs ?? this.options.nowMs(), true);
  }

  override async start(handlers: Readonly<Record<string, JobHandler>>, { concurrency }: { concurrency: number }): Promise<void> {
    if (this.runner) throw new Error('The queue was started before');
    const runner = new JobRunner(
      handlers,
      async (job, delayMs) => {
        const runAtMs = this.options.nowMs() + delayMs;
        // A job of this key that was added meanwhile keeps the key and its own time; this one waits beside it.
        if (!(await this.insert(job, runAtMs, true))) await this.insert(job, runAtMs, false);
      },
      this.options.backoff ?? DEFAULT_BACKOFF,
      this.options.log,
    );
    this.runner = runner;
    this.runners = new GraphileRunners(this.connection, await this.connect(), graphileLogger(this.options.log), this.options.log);
    this.runners.start({ [TASK]: (payload) => runner.run(envelope.parse(payload) as QueuedJob) }, concurrency);
  }

  override stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  override async ping(): Promise<void> {
    const producer = await this.connect();
    await producer.withPgClient((client) => client.query('SELECT 1'));
  }

  /** @returns false when a job with this key waits already */
  private async insert(job: QueuedJob, runAtMs: number, isKeyed: boolean): Promise<boolean> {
    const producer = await this.connect();
    const { rowCount } = await producer.withPgClient((client) =>
      client.query(
        `SELECT graphile_worker.add_job(
           identifier := $1, payload := $2::json, run_at := to_timestamp($3::float8 / 1000), max_attempts := ${MAX_ATTEMPTS},
           job_key := $4, job_key_mode := 'preserve_run_at')
         WHERE $4::text IS NULL OR NOT EXISTS (SELECT FROM graphile_worker.jobs WHERE key = $4 AND locked_at IS NULL)`,
        [TASK, JSON.stringify(job), runAtMs, isKeyed ? `${job.name}:${job.key}` : null],
      ),
    );
    return rowCount === 1;
  }

  /** The first use installs the library's schema. One that failed is tried again by the next caller. */
  private connect(): Promise<WorkerUtils> {
    if (this.stopping) throw new CodedError('queue.unavailable', 'The queue was stopped; start the coordinator again.');
    this.producer ??= this.open().catch((error: unknown) => {
      this.producer = undefined;
      throw error;
    });
    return this.producer;
  }

  private async open(): Promise<WorkerUtils> {
    this.pool ??= this.connection.createPool('fedseal queue', PRODUCER_CONNECTIONS);
    const utils = await makeWorkerUtils({ pgPool: this.pool.pool, logger: graphileLogger(this.options.log) });
    try {
      await utils.migrate();
      return utils;
    } catch (error) {
      await utils.release();
      throw error;
    }
  }

  private async end(): Promise<void> {
    // Jobs that fail while they finish are still put back, so the producer goes last.
    const producer = this.producer;
    await this.runners?.stop();
    await this.runner?.idle();
    await (await producer?.catch(() => undefined))?.release();
    await this.pool?.end();
  }
}

/** The library reports every step; what it did not expect is worth a line. */
function graphileLogger(log: QueueLog): Logger {
  return new Logger(() => (level, message) => {
    if (level === 'error' || level === 'warning') log('warn', `Queue: ${message.split('\n')[0]}`);
  });
}
