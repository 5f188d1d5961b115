import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CodedError } from '../../observability/coded-error.js';
import type { ClusterFolder } from './cluster-folder.js';
import type { ServerBinaries } from './server-binaries.js';

/** Past this the log of earlier starts is set aside once and then replaced. */
const LOG_BYTES = 8 * 1024 * 1024;

/** Nothing of this process's environment may change how the server behaves (PGPORT, PGDATA, LC_ALL, TZ). */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Makes the cluster where there is none. It is built beside its place and appears whole: a crash in between leaves a
 * draft that nothing refers to, and of two processes one wins.
 *
 * @throws CodedError `database.initdb`, `database.version`
 */
export async function initialiseCluster(folder: ClusterFolder, binaries: ServerBinaries, settings: { sync: boolean }): Promise<void> {
  if (existsSync(folder.data)) {
    removeDrafts(folder.path);
    return checkVersion(folder, binaries);
  }
  const draft = join(folder.path, `data.${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, folder.password, { mode: 0o600, flag: 'wx' });
    if (folder.account) for (const path of [draft, passwordFile]) chownSync(path, folder.account.uid, folder.account.gid);
    const flags = [`--username=${folder.user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'];
    const child = spawn(binaries.initdb, ['-D', draft, ...flags, ...(settings.sync ? [] : ['--no-sync'])], {
      ...folder.account,
      cwd: folder.path,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { code, output } = await finished(child);
    if (code !== 0) {
      throw new CodedError('database.initdb', `Postgres could not make its data folder in ${folder.path}: ${lastLines(output)}`);
    }
    renameSync(draft, folder.data);
  } catch (cause) {
    // Another process finished first; its cluster has the same password.
    if (!existsSync(folder.data)) throw cause;
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Once the cluster is there nobody needs a draft: neither one of a crash, nor one of a process that was slower. */
function removeDrafts(cluster: string): void {
  for (const name of readdirSync(cluster)) if (name.startsWith('data.')) rmSync(join(cluster, name), { recursive: true, force: true });
}

function checkVersion(folder: ClusterFolder, binaries: ServerBinaries): void {
  const written = readFileSync(join(folder.data, 'PG_VERSION'), 'utf8').trim();
  if (written === binaries.major) return;
  throw new CodedError(
    'database.version',
    `The data in ${folder.path} was written by Postgres ${written} and this version brings Postgres ${binaries.major}; export with the version that wrote it, or move it with pg_dump.`,
  );
}

function finished(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (cause) => reject(new CodedError('database.binaries', `Postgres cannot be executed: ${cause.message}`, { cause })));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** A server that this process started. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves with the log's last lines when it has ended. Waiting for it alone does not keep this process alive. */
  readonly ended: Promise<string>;
  /** Resolves when it has ended, and keeps this process alive until then. */
  end(): Promise<void>;
}

/**
 * Starts the server on loopback TCP alone, in a session of its own: an interrupt typed at the terminal reaches this
 * process and not the server, and a crash of this process leaves it running.
 */
export async function startServer(folder: ClusterFolder, binaries: ServerBinaries, port: number, settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const log = join(folder.path, 'server.log');
  if (existsSync(log) && statSync(log).size > LOG_BYTES) renameSync(log, `${log}.1`);
  const offset = existsSync(log) ? statSync(log).size : 0;
  const options = { ...settings, listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
  const file = openSync(log, 'a', 0o600);
  try {
    const child = spawn(binaries.postgres, ['-D', folder.data, ...Object.entries(options).flatMap(([key, value]) => ['-c', `${key}=${value}`])], {
      ...folder.account,
      cwd: folder.data,
      env: ENVIRONMENT,
      detached: true,
      stdio: ['ignore', file, file],
    });
    child.unref();
    const ended = new Promise<string>((resolve) => {
      child.on('error', (cause) => resolve(cause.message));
      child.on('exit', () => resolve(readFrom(log, offset)));
    });
    const end = async () => {
      child.ref();
      await ended;
    };
    return { pid: child.pid ?? 0, ended, end };
  } finally {
    closeSync(file);
  }
}

function readFrom(log: string, offset: number): string {
  try {
    return lastLines(readFileSync(log).subarray(offset).toString('utf8'));
  } catch {
    // The folder is gone, and with it whoever might want to know.
    return '';
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' | ') || 'it gave no reason';
}

/** A port that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
