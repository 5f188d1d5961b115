import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { StorageLog } from './storage-log.js';

const CONNECT_PATIENCE_MS = 30_000;
const CLOSE_PATIENCE_MS = 5000;

export interface ConnectionPool {
  readonly pool: pg.Pool;
  /**
   * Resolves when the last connection is closed. The library's own `end` returns while they still say goodbye, and a
   * server that stops in that moment makes them fail where nobody listens any more.
   */
  end(): Promise<void>;
}

/** A bounded set of connections that survives the server's restart: broken ones are replaced when they are needed. */
export function createPool(url: string, { name, max, log }: { name: string; max: number; log: StorageLog }): ConnectionPool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT_PATIENCE_MS,
    keepAlive: true,
  });
  let open = 0;
  let onClosed = () => undefined as void;
  pool.on('connect', () => open++);
  pool.on('remove', () => {
    if (--open === 0) onClosed();
  });
  pool.on('error', (error) => {
    if (!pool.ending) log('warn', `An idle database connection broke: ${error.message}`);
  });
  const end = async () => {
    const closed = new Promise<void>((resolve) => (onClosed = resolve));
    await pool.end();
    if (open > 0) await Promise.race([closed, delay(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
  };
  let ended: Promise<void> | undefined;
  return { pool, end: () => (ended ??= end()) };
}
