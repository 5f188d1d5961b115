import { createPool, type ConnectionPool } from './connection-pool.js';
import type { StorageLog } from './storage-log.js';

/** Connections to the same database for the queue that lives on it. */
export class StorageConnection {
  constructor(
    /** Holds the password: never log it. */
    readonly url: string,
    private readonly log: StorageLog,
  ) {}

  /** Whoever asks for connections ends them, before the database closes. */
  createPool(name: string, max: number): ConnectionPool {
    return createPool(this.url, { name, max, log: this.log });
  }
}
