import { CodedError } from '../observability/coded-error.js';
import type { JobHandler } from './queue.js';

/** A job as the drivers carry it. */
export interface QueuedJob {
  readonly name: string;
  readonly key: string;
  readonly payload: unknown;
  /** How often it failed already. */
  readonly failures: number;
}

export interface Backoff {
  /** Wait after the first failure; doubled after each further one up to `maxMs`. */
  readonly baseMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { baseMs: 500, maxMs: 30_000 };

export type QueueLog = (level: 'info' | 'warn' | 'error', message: string, detail?: unknown) => void;

/** Puts a job that failed back into the queue, not before `delayMs` from now. */
export type Requeue = (job: QueuedJob, delayMs: number) => Promise<void>;

/**
 * What both drivers do with a job they were given. Jobs of one key never run beside each other in one process: what
 * arrives while one runs makes it run once more afterwards, so a slow handler neither doubles nor fills every slot.
 */
export class JobRunner {
  private readonly again = new Map<string, QueuedJob | undefined>();
  private running = 0;
  private idleListeners: (() => void)[] = [];

  constructor(
    private readonly handlers: Readonly<Record<string, JobHandler>>,
    private readonly requeue: Requeue,
    private readonly backoff: Backoff,
    private readonly log: QueueLog,
  ) {}

  /** @throws CodedError `queue.no-handler` */
  check(name: string): void {
    if (!Object.hasOwn(this.handlers, name)) {
      throw new CodedError('queue.no-handler', `No handler is registered for jobs named ${name}; register one before adding them.`);
    }
  }

  /** Rejects only when the job could not be put back; the driver must then keep it. */
  async run(job: QueuedJob): Promise<void> {
    const id = `${job.name}\n${job.key}`;
    if (this.again.has(id)) {
      this.again.set(id, job);
      return;
    }
    this.running++;
    try {
      for (let next: QueuedJob | undefined = job; next; next = this.again.get(id)) {
        this.again.set(id, undefined);
        const failure = await this.attempt(next);
        // A later job of this key does the same work and runs at once.
        if (failure !== undefined && this.again.get(id) === undefined) await this.putBack(next, failure);
      }
    } finally {
      this.again.delete(id);
      if (--this.running === 0) for (const listener of this.idleListeners.splice(0)) listener();
    }
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.idleListeners.push(resolve));
  }

  private async attempt({ name, payload }: QueuedJob): Promise<Error | undefined> {
    try {
      this.check(name);
      await this.handlers[name]!(payload);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async putBack(job: QueuedJob, failure: Error): Promise<void> {
    const delayMs = Math.min(this.backoff.maxMs, this.backoff.baseMs * 2 ** Math.min(job.failures, 30));
    this.log('warn', `Job ${job.name} (${job.key}) failed for the ${ordinal(job.failures + 1)} time; again in ${delayMs} ms`, failure);
    await this.requeue({ ...job, failures: job.failures + 1 }, delayMs);
  }
}

function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
