import { createPool, type ConnectionPool } from './connection-pool.js';
import type { StorageLog } from './storage-log.js';

/** Connections to the same database for the queue that lives on it. */
export class StorageConnection {
  constructor(
    /** Holds the password: never log it. */
    readonly url: string,
    private readonly log: StorageLog,
    private readonly restartPatienceMs?: number,
  ) {}

  /** Whoever asks for connections ends them, before the database closes. */
  createPool(name: string, max: number): ConnectionPool {
    const patience = this.restartPatienceMs === undefined ? {} : { restartPatienceMs: this.restartPatienceMs };
    return createPool(this.url, { name, max, log: this.log, ...patience });
  }
}
