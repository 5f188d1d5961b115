import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { StorageLog } from './storage-log.js';

const CONNECT_PATIENCE_MS = 30_000;
const CLOSE_PATIENCE_MS = 5000;

/** How long a new connection waits for a server that restarts. */
const RESTART_PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 50;

export interface PoolOptions {
  readonly name: string;
  readonly max: number;
  readonly log: StorageLog;
  readonly restartPatienceMs?: number;
}

export interface ConnectionPool {
  readonly pool: pg.Pool;
  /**
   * Resolves when the last connection is closed. The library's own `end` returns while they still say goodbye, and a
   * server that stops in that moment makes them fail where nobody listens any more.
   */
  end(): Promise<void>;
}

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, release: (error?: Error | boolean) => void) => void;

/** Waits out a server that is on its way up again, so that a restart is a pause and not a failure of what begins then. */
class PatientPool extends pg.Pool {
  patienceMs = 0;

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | void {
    const connected = this.patiently();
    if (!callback) return connected;
    connected.then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error: Error) => callback(error, undefined, () => undefined),
    );
  }

  private async patiently(): Promise<pg.PoolClient> {
    for (const start = performance.now(); ; await delay(LOOK_AGAIN_MS)) {
      try {
        return await super.connect();
      } catch (error) {
        if (!isRestarting(error) || this.ending || performance.now() - start > this.patienceMs) throw error;
      }
    }
  }
}

/** Refused by the system while there is no server, and by a server that starts (57P03) or stops. */
function isRestarting(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03';
}

/** A bounded set of connections that survives the server's restart: broken ones are replaced when they are needed. */
export function createPool(url: string, { name, max, log, restartPatienceMs = RESTART_PATIENCE_MS }: PoolOptions): ConnectionPool {
  const pool = new PatientPool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT_PATIENCE_MS,
    keepAlive: true,
  });
  pool.patienceMs = restartPatienceMs;
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
