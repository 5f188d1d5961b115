export interface Job {
  readonly name: string;
  /** At most one waiting job has this key; adding it again while it waits changes nothing. */
  readonly key: string;
  readonly payload: unknown;
  /** Not before this time, in ms since the epoch; now by default. */
  readonly runAtMs?: number;
}

export type JobHandler = (payload: unknown) => Promise<void>;

/**
 * At-least-once delivery: handlers are idempotent. A handler that throws is retried with exponential back-off and is
 * never dropped. The queue may lose everything: the outbox in the database can fill it again.
 */
export abstract class Queue {
  abstract add(job: Job): Promise<void>;
  /** Starts work. Called once. @param handlers by job name; adding a job without a handler rejects afterwards. */
  abstract start(handlers: Readonly<Record<string, JobHandler>>, options: { concurrency: number }): Promise<void>;
  /** Finishes what runs, takes nothing new. */
  abstract stop(): Promise<void>;
  abstract ping(): Promise<void>;
}
