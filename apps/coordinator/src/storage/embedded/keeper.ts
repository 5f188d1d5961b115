import pg from 'pg';
import type { ClusterFolder } from './cluster-folder.js';

/** Advisory lock that every process on a cluster shares while it uses the server; the last one to leave gets it alone. */
const USERS_LOCK = 0x46534c31;

/**
 * A process's registration with the server. It is a lock of an open session, so the server itself forgets whoever dies,
 * and nobody can register while the server is being stopped.
 */
export class Keeper {
  private constructor(
    readonly port: number,
    private readonly client: pg.Client,
  ) {}

  /**
   * @throws pg.DatabaseError or a socket's error when the server is not there, is not ours, or is being stopped
   */
  static async register(folder: ClusterFolder, port: number, onLost: () => void): Promise<Keeper> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: folder.user,
      password: folder.password,
      database: 'postgres',
      application_name: 'fedseal keeper',
      connectionTimeoutMillis: 5000,
    });
    let registered = false;
    let failed = false;
    const fail = () => {
      if (registered && !failed) onLost();
      failed = true;
    };
    client.on('error', fail);
    client.on('end', fail);
    try {
      await client.connect();
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      if (rows[0]?.data_directory !== folder.data) throw new Error(`Another Postgres answers at port ${port}`);
      await client.query('SELECT pg_advisory_lock_shared($1)', [USERS_LOCK]);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    if (failed) throw new Error('The server ended the connection');
    registered = true;
    return new Keeper(port, client);
  }

  /** Makes sure that a database exists. */
  async ensureDatabase(name: string): Promise<void> {
    const { rowCount } = await this.client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return;
    try {
      await this.client.query(`CREATE DATABASE ${this.client.escapeIdentifier(name)}`);
    } catch (error) {
      // 42P04 and 23505: another process made it in the same moment.
      if (!(error instanceof pg.DatabaseError && ['42P04', '23505'].includes(error.code ?? ''))) throw error;
    }
  }

  /** @returns whether this was the last user; then the lock is held until `end`, so that nobody comes in between. */
  async leave(): Promise<boolean> {
    await this.client.query('SELECT pg_advisory_unlock_shared($1)', [USERS_LOCK]);
    const { rows } = await this.client.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [USERS_LOCK]);
    return rows[0]?.last === true;
  }

  async end(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
