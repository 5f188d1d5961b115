import { Queue as BullProducer, Worker, type JobsOptions } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { CodedError } from '../observability/coded-error.js';
import { DEFAULT_BACKOFF, JobRunner, type Backoff, type QueuedJob, type QueueLog } from './job-runner.js';
import { Queue, type Job, type JobHandler } from './queue.js';

export interface BullQueueOptions {
  readonly log: QueueLog;
  readonly nowMs: () => number;
  readonly backoff?: Backoff;
  /** After how many ms without a sign of life a job is taken from its process. */
  readonly lockMs?: number;
  /** Separates federations on one Redis. */
  readonly prefix?: string;
}

const QUEUE = 'jobs';

/** How long Redis may stay away before an addition is refused and left to the outbox, in reconnection attempts. */
const PRODUCER_RETRIES = 5;
const BOOT_PATIENCE_MS = 30_000;
const CLOSE_PATIENCE_MS = 3000;

/** A job whose process died is given to another after the lock ran out. Held locks are renewed at half of this. */
const LOCK_MS = 30_000;

const reconnect: RedisOptions = { retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 1000) };

/** Knows its copies: the library makes one to wait on and cannot close it while Redis is away. */
class TrackedRedis extends Redis {
  private readonly copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.copies.push(copy);
    return copy;
  }

  disconnectAll(): void {
    for (const connection of [...this.copies, this]) connection.disconnect();
  }
}

/**
 * Jobs in Redis. Redis may be flushed or restarted empty at any time: what it forgot comes back from the outbox.
 */
export class BullQueue extends Queue {
  private readonly producerConnection: TrackedRedis;
  private readonly producer: BullProducer<QueuedJob>;
  private workerConnection: TrackedRedis | undefined;
  private worker: Worker<QueuedJob> | undefined;
  private runner: JobRunner | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly options: BullQueueOptions,
  ) {
    super();
    this.producerConnection = this.connect({ maxRetriesPerRequest: PRODUCER_RETRIES });
    this.producer = new BullProducer(QUEUE, { connection: this.producerConnection, prefix: this.prefix });
    this.producer.on('error', (error) => this.complain(error));
  }

  override async add(job: Job): Promise<void> {
    this.runner?.check(job.name);
    if (this.stopping) throw new CodedError('queue.unavailable', 'The queue was stopped; start the coordinator again.');
    const delayMs = Math.max(0, (job.runAtMs ?? 0) - this.options.nowMs());
    await this.insert({ name: job.name, key: job.key, payload: job.payload, failures: 0 }, delayMs);
  }

  override async start(handlers: Readonly<Record<string, JobHandler>>, { concurrency }: { concurrency: number }): Promise<void> {
    if (this.runner) throw new Error('The queue was started before');
    await this.reach();
    const runner = new JobRunner(
      handlers,
      (job, delayMs) => this.putBack(job, delayMs),
      this.options.backoff ?? DEFAULT_BACKOFF,
      this.options.log,
    );
    this.runner = runner;
    this.workerConnection = this.connect({ maxRetriesPerRequest: null });
    const lockMs = this.options.lockMs ?? LOCK_MS;
    const { maxMs } = this.options.backoff ?? DEFAULT_BACKOFF;
    this.worker = new Worker<QueuedJob>(
      QUEUE,
      async (job) => {
        // From here on the same key may be added again: it is no longer waiting.
        await job.removeDeduplicationKey();
        await runner.run(job.data);
      },
      {
        connection: this.workerConnection,
        prefix: this.prefix,
        concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs / 6,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        settings: { backoffStrategy: () => maxMs },
      },
    );
    this.worker.on('error', (error) => this.complain(error));
    await this.worker.waitUntilReady();
  }

  override stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  override async ping(): Promise<void> {
    await this.producerConnection.ping();
  }

  private get prefix(): string {
    return this.options.prefix ?? 'fedseal';
  }

  private connect(options: RedisOptions): TrackedRedis {
    const connection = new TrackedRedis(this.url, { ...reconnect, ...options });
    connection.on('error', (error) => this.complain(error));
    return connection;
  }

  private async insert(job: QueuedJob, delayMs: number, isKeyed = true): Promise<void> {
    const options: JobsOptions = {
      delay: delayMs,
      // Handlers' failures are put back as new jobs; this is for a Redis that went away in between.
      attempts: Number.MAX_SAFE_INTEGER,
      backoff: { type: 'custom' },
      removeOnComplete: true,
      removeOnFail: true,
    };
    await this.producer.add(job.name, job, isKeyed ? { ...options, deduplication: { id: keyOf(job) } } : options);
  }

  private async putBack(job: QueuedJob, delayMs: number): Promise<void> {
    // A job of this key that was added meanwhile keeps the key and its own time; this one waits beside it.
    const isTaken = (await this.producer.getDeduplicationJobId(keyOf(job))) !== null;
    await this.insert(job, delayMs, !isTaken);
  }

  private async reach(): Promise<void> {
    try {
      await within(this.ping(), BOOT_PATIENCE_MS);
    } catch (cause) {
      throw new CodedError(
        'queue.unavailable',
        'The Redis that REDIS_URL names does not answer; check that it runs and that the address and password are right, or unset REDIS_URL to keep jobs in Postgres.',
        { cause },
      );
    }
  }

  private async end(): Promise<void> {
    // Takes nothing new and waits for what runs. A Redis that is away cannot be told, so the rest has a limit.
    const closed = this.worker?.close();
    await this.runner?.idle();
    for (const closing of [closed, this.producer.close()]) {
      if (closing) await within(closing, CLOSE_PATIENCE_MS).catch(() => undefined);
    }
    for (const connection of [this.workerConnection, this.producerConnection]) connection?.disconnectAll();
  }

  /** Connections are made again by themselves; a line per attempt is enough. */
  private complain(error: Error): void {
    if (this.stopping) return;
    this.options.log('warn', `Queue: ${error.message || error.name}`);
  }
}

function keyOf({ name, key }: QueuedJob): string {
  return `${name}:${key}`;
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms`)), ms)));
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
