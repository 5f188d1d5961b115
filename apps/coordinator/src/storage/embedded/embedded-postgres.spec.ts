import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../storage-log.js';
import { temporaryHome } from '../testing/test-cluster.testing.js';
import { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
import { readPostmaster } from './postmaster-file.js';
import { UserProcess, whyNotAs } from './user-process.testing.js';

const isRoot = process.getuid?.() === 0;

describe('EmbeddedPostgres', () => {
  const homes: string[] = [];
  const servers: EmbeddedPostgres[] = [];

  const newHome = () => {
    const home = temporaryHome();
    homes.push(home);
    return home;
  };
  const open = async (home: string, options: Partial<EmbeddedPostgresOptions> = {}) => {
    const server = await EmbeddedPostgres.open(home, { log: silentLog, settings: { fsync: 'off' }, ...options });
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
  });

  /** One query on a connection of its own. */
  const query = async (url: string, sql: string) => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const isRunning = (home: string) => typeof readPostmaster(join(home, 'postgres', 'data')) === 'object';

  it('runs the real server on loopback alone, behind a generated password kept in a file of mode 0600', async () => {
    const home = newHome();
    const server = await open(home);
    const [row] = await query(
      server.url,
      `SELECT current_setting('server_version_num')::int AS version, current_setting('listen_addresses') AS listen,
              current_setting('unix_socket_directories') AS sockets, current_database() AS db, current_setting('data_directory') AS data,
              current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync`,
    );
    expect(row).toMatchObject({ listen: '127.0.0.1', sockets: '', db: 'fedseal', encoding: 'UTF8', fsync: 'off' });
    expect(row!['version']).toBeGreaterThanOrEqual(180_000);
    const file = join(home, 'postgres', 'connection.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { password } = JSON.parse(readFileSync(file, 'utf8')) as { password: string };
    expect(password.length).toBeGreaterThanOrEqual(32);
    await expect(query(server.url.replace(password, 'guess'), 'SELECT 1')).rejects.toThrow('password authentication failed');
    const [hash] = await query(server.url, 'SELECT rolpassword FROM pg_authid WHERE rolname = current_user');
    expect(hash!['rolpassword']).toMatch(/^SCRAM-SHA-256/);
    if (isRoot) expect(statSync(row!['data'] as string).uid).not.toBe(0);
    expect(statSync(row!['data'] as string).mode & 0o077).toBe(0);
    await server.close();
    expect(isRunning(home)).toBe(false);
    expect(readdirSync(join(home, 'postgres')).toSorted()).toEqual(['connection.json', 'data', 'server.log']);
  });

  it('keeps the data over restarts', async () => {
    const home = newHome();
    const first = await open(home);
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await first.close();
    const second = await open(home);
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  });

  it('is one server for all who open the home at once, and stops with the last of them', async () => {
    const home = newHome();
    const others = [new UserProcess(home), new UserProcess(home)];
    const [mine, again, ...theirs] = await Promise.all([open(home), open(home), ...others.map((other) => other.opened)]);
    expect(new Set([mine!.pid, again!.pid, ...theirs.map(({ pid }) => pid)]).size).toBe(1);
    expect(new Set([mine!.url, again!.url, ...theirs.map(({ url }) => url)]).size).toBe(1);
    await mine!.close();
    await others[0]!.say('close');
    await again!.close();
    expect(isRunning(home)).toBe(true);
    await query(theirs[0]!.url, 'SELECT 1');
    await others[1]!.say('close');
    expect(isRunning(home)).toBe(false);
  });

  it('takes over the server of a killed process, and stops it in the end', async () => {
    const home = newHome();
    const owner = new UserProcess(home);
    const { pid, url } = await owner.opened;
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS n');
    await owner.kill();
    expect(isRunning(home)).toBe(true);
    const server = await open(home);
    expect(server.pid).toBe(pid);
    expect(server.url).toBe(url);
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await server.close();
    expect(isRunning(home)).toBe(false);
  });

  it.each(['exit', 'throw'] as const)('stops with a process that ends without closing: %s', async (word) => {
    const home = newHome();
    const owner = new UserProcess(home);
    await owner.opened;
    await owner.say(word);
    await expect.poll(() => isRunning(home), { timeout: 20_000, interval: 10 }).toBe(false);
  });

  it('starts a killed server again on its port, with every committed row', async () => {
    const home = newHome();
    // With fsync, as in earnest.
    const server = await open(home, { settings: {} });
    const url = server.url;
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => undefined);
    await pool.query('CREATE TABLE rows (n int PRIMARY KEY)');
    const committed: number[] = [];
    let killed = false;
    const writing = (async () => {
      for (let n = 0; ; n++) {
        try {
          await pool.query('INSERT INTO rows VALUES ($1)', [n]);
        } catch {
          return;
        }
        committed.push(n);
        if (n === 100 && !killed) {
          killed = true;
          process.kill(server.pid!, 'SIGKILL');
        }
      }
    })();
    await writing;
    expect(committed.length).toBeGreaterThan(100);
    const isBack = async () => {
      try {
        return (await pool.query('SELECT 1')).rowCount;
      } catch {
        return 0;
      }
    };
    await expect.poll(isBack, { timeout: 30_000, interval: 20 }).toBe(1);
    expect(server.url).toBe(url);
    const { rows } = await pool.query<{ n: number }>('SELECT n FROM rows ORDER BY n');
    expect(rows.map(({ n }) => n).slice(0, committed.length)).toEqual(committed);
    await pool.end();
    await server.close();
    expect(isRunning(home)).toBe(false);
  });

  it('leaves no server behind when it is closed while one is started again', async () => {
    const home = newHome();
    const server = await open(home);
    const first = server.pid!;
    process.kill(first, 'SIGKILL');
    await expect.poll(() => server.pid ?? first, { timeout: 30_000, interval: 1 }).not.toBe(first);
    await server.close();
    expect(isRunning(home)).toBe(false);
  });

  it('stops a server that hangs and starts another', async () => {
    const home = newHome();
    const owner = new UserProcess(home);
    const { pid, url } = await owner.opened;
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS n');
    await owner.kill();
    process.kill(pid, 'SIGSTOP');
    // The signals before SIGKILL do not reach a stopped process, so this also shows that it comes to that.
    const server = await open(home, { silenceMs: 500, stopPatienceMs: 300 });
    expect(server.pid).not.toBe(pid);
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('is not deceived by a file that names a process of another program', async () => {
    const home = newHome();
    const first = await open(home);
    await first.close();
    const data = join(home, 'postgres', 'data');
    // A process of the server's own account, which the server itself takes for a running server, and one that is none.
    const { uid, gid } = statSync(data);
    const stranger = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
    for (const pid of [stranger.pid!, 999_999_999]) {
      writeFileSync(join(data, 'postmaster.pid'), `${pid}\n${data}\n1700000000\n1\n\n127.0.0.1\n 1 1\nready   \n`);
      const server = await open(home);
      expect(server.pid).not.toBe(pid);
      await query(server.url, 'SELECT 1');
      await server.close();
    }
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
  });

  it('clears away what a crashed creation left', async () => {
    const home = newHome();
    const first = new UserProcess(home);
    // Killed at some moment of initdb.
    await expect.poll(() => existsSync(join(home, 'postgres')) && readdirSync(join(home, 'postgres')).some((name) => name.startsWith('data.')), { timeout: 20_000, interval: 1 }).toBe(true);
    await first.kill();
    const server = await open(home);
    await query(server.url, 'SELECT 1');
    await server.close();
    await open(home);
    expect(readdirSync(join(home, 'postgres')).toSorted()).toEqual(['connection.json', 'data', 'server.log']);
  });

  it('says what to do when the password, the cluster or its version is wrong', async () => {
    const home = newHome();
    const file = join(home, 'postgres', 'connection.json');
    const other = new UserProcess(home);
    await other.opened;
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/"password": "[^"]+"/, '"password": "another"'));
    await expect(open(home)).rejects.toMatchObject({ code: 'database.password', message: expect.stringContaining('restore') });
    writeFileSync(file, '{"version":');
    await expect(open(home)).rejects.toMatchObject({ code: 'database.connection-file' });
    writeFileSync(file, text.replace('"cluster": "."', '"cluster": "/nonexistent/cluster"'));
    await expect(open(home)).rejects.toMatchObject({ code: 'database.connection-file', message: expect.stringContaining('/nonexistent/cluster') });
    writeFileSync(file, text);
    await other.say('close');
    writeFileSync(join(home, 'postgres', 'data', 'PG_VERSION'), '17\n');
    await expect(open(home)).rejects.toMatchObject({ code: 'database.version', message: expect.stringContaining('Postgres 17') });
  });

  it('says why the server did not start', async () => {
    const home = newHome();
    await expect(open(home, { settings: { shared_buffers: 'nonsense' } })).rejects.toMatchObject({ code: 'database.start', message: expect.stringContaining('shared_buffers') });
  });

  describe.skipIf(!isRoot)(isRoot ? 'as root' : 'as root: skipped, because these tests do not run as root', () => {
    it('works below a folder of mode 0700: the cluster lies where the server can reach it', async () => {
      const home = mkdtempSync(join(tmpdir(), 'fedseal-closed-'));
      const shelter = newHome();
      homes.push(home);
      expect(statSync(home).mode & 0o777).toBe(0o700);
      const first = await open(home, { shelter });
      await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n');
      expect(readdirSync(join(home, 'postgres'))).toEqual(['connection.json']);
      expect(readdirSync(shelter).length).toBe(1);
      await first.close();
      const second = await open(home, { shelter });
      expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
      expect(readdirSync(shelter).length).toBe(1);
    });
  });

  const why = whyNotAs('nobody');
  describe.skipIf(why)(why ? `as an ordinary account: skipped, because ${why}` : 'as an ordinary account', () => {
    it('runs under that account, in a closed home, and root may join', async () => {
      const home = newHome();
      chownSync(home, 65_534, 65_534);
      chmodSync(home, 0o700);
      const user = UserProcess.as('nobody', home);
      const opened = await user.opened;
      expect(opened.uid).toBe(65_534);
      expect(statSync(`/proc/${opened.pid}`).uid).toBe(65_534);
      const mine = await open(home);
      expect(mine.pid).toBe(opened.pid);
      await user.say('close');
      await query(mine.url, 'SELECT 1');
      await mine.close();
      // And root starts it under the account that owns the data.
      const again = await open(home);
      expect(statSync(`/proc/${again.pid}`).uid).toBe(65_534);
    });

    it('refuses a home that another account made', async () => {
      const home = newHome();
      const server = await open(home);
      await query(server.url, 'SELECT 1');
      expect(await UserProcess.as('nobody', home).opened).toMatchObject({ code: 'database.connection-file' });
    });
  });
});
