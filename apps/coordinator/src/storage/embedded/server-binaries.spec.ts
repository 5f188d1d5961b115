import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryHome } from '../testing/test-cluster.testing.js';
import { canReach, chooseServerAccount } from './server-account.js';
import { prepareServerBinaries, type Delivery } from './server-binaries.js';

const isRoot = process.getuid?.() === 0;

describe('prepareServerBinaries', () => {
  const folders: string[] = [];
  const folder = (path: string) => {
    folders.push(path);
    return path;
  };
  /** The package as npm unpacks it where install steps are denied, below a folder closed to others. */
  let delivery: Delivery;
  let links: { source: string; target: string }[];

  beforeAll(() => {
    const installed = dirname(dirname(prepareServerBinaries(folder(temporaryHome()), undefined).postgres));
    const closed = folder(mkdtempSync(join(tmpdir(), 'fedseal-closed-')));
    links = JSON.parse(readFileSync(join(installed, 'pg-symlinks.json'), 'utf8')) as typeof links;
    cpSync(installed, join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
    for (const { target } of links) rmSync(join(closed, target));
    delivery = { native: join(closed, 'native'), version: '18.4.0' };
  });
  afterAll(() => {
    for (const path of folders) rmSync(path, { recursive: true, force: true });
  });

  const version = (program: string, account?: { uid: number; gid: number }) =>
    spawnSync(program, ['--version'], { ...account, cwd: '/', encoding: 'utf8', env: {} });

  it('makes the links again where the package lies, and the programs run', () => {
    const cluster = folder(temporaryHome());
    const binaries = prepareServerBinaries(cluster, undefined, delivery);
    expect(binaries.postgres).toBe(join(delivery.native, 'bin', 'postgres'));
    expect(binaries.major).toBe('18');
    expect(links.length).toBeGreaterThan(0);
    for (const { target } of links) expect(lstatSync(join(dirname(delivery.native), target)).isSymbolicLink()).toBe(true);
    expect(version(binaries.postgres).stdout).toMatch(/^postgres \(PostgreSQL\) 18/);
    // Again: what is there stays.
    expect(prepareServerBinaries(cluster, undefined, delivery)).toEqual(binaries);
  });

  describe.skipIf(!isRoot)(isRoot ? 'for another account' : 'for another account: skipped, because these tests do not run as root', () => {
    it('copies the programs once to where that account can run them', () => {
      const account = chooseServerAccount(undefined)!;
      expect(canReach(delivery.native, account)).toBe(false);
      const cluster = folder(temporaryHome());
      // As a private umask leaves them.
      chmodSync(join(delivery.native, 'bin', 'postgres'), 0o700);
      const binaries = prepareServerBinaries(cluster, account, delivery);
      expect(binaries.postgres.startsWith(cluster)).toBe(true);
      for (const program of [binaries.postgres, binaries.initdb]) {
        const { stdout, stderr } = version(program, account);
        expect(stderr).toBe('');
        expect(stdout).toContain('(PostgreSQL) 18');
      }
      const made = statSync(binaries.postgres).ino;
      expect(prepareServerBinaries(cluster, account, delivery)).toEqual(binaries);
      expect(statSync(binaries.postgres).ino).toBe(made);
    });
  });

  it('sees every closed folder above', () => {
    const open = folder(temporaryHome());
    const below = join(open, 'closed', 'below');
    mkdirSync(below, { recursive: true });
    const stranger = { uid: 54_321, gid: 54_321 };
    expect(canReach(below, stranger)).toBe(true);
    // May be passed through, not listed: enough above, not for the folder itself.
    chmodSync(dirname(below), 0o711);
    expect(canReach(below, stranger)).toBe(true);
    expect(canReach(dirname(below), stranger)).toBe(false);
    chmodSync(dirname(below), 0o700);
    expect(canReach(below, stranger)).toBe(false);
    const { uid, gid } = statSync(below);
    expect(canReach(below, { uid, gid: 1 })).toBe(true);
    expect(existsSync(below)).toBe(true);
    chmodSync(dirname(below), 0o750);
    expect(canReach(below, { uid: 54_321, gid })).toBe(true);
  });
});
