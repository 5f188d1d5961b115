import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HomeLock } from './home-lock.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fedseal-lock-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const lockFile = () => join(home, 'coordinator.lock');
const hold = (pid: number, processStart: string | null) => writeFileSync(lockFile(), JSON.stringify({ pid, startedAtMs: 1, processStart }));

/** Another process that lives for the time of one test. */
async function withNeighbour(work: (pid: number) => void | Promise<void>): Promise<number> {
  const neighbour = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    await once(neighbour, 'spawn');
    await work(neighbour.pid as number);
    return neighbour.pid as number;
  } finally {
    neighbour.kill('SIGKILL');
    await once(neighbour, 'exit');
  }
}

describe('HomeLock', () => {
  it('announces where the coordinator is and leaves nothing behind', () => {
    const lock = HomeLock.acquire(home, 12_345);
    lock.announce('http://127.0.0.1:7700');
    const announced: unknown = JSON.parse(readFileSync(join(home, 'coordinator.json'), 'utf8'));
    expect(announced).toEqual({ pid: process.pid, url: 'http://127.0.0.1:7700', startedAtMs: 12_345 });
    lock.release();
    expect(readdirSync(home)).toEqual([]);
  });

  it('refuses a home whose coordinator runs, and says where that one is', async () => {
    await withNeighbour((pid) => {
      hold(pid, null);
      writeFileSync(join(home, 'coordinator.json'), JSON.stringify({ pid, url: 'http://127.0.0.1:7701', startedAtMs: 1 }));
      const acquire = () => HomeLock.acquire(home, 2);
      expect(acquire).toThrow(expect.objectContaining({ code: 'home.in-use' }));
      expect(acquire).toThrow(/7701/);
      expect(readdirSync(home).sort()).toEqual(['coordinator.json', 'coordinator.lock']);
    });
  });

  it('takes over from a coordinator that was killed', async () => {
    const pid = await withNeighbour(() => undefined);
    hold(pid, null);
    HomeLock.acquire(home, 2).release();
    expect(existsSync(lockFile())).toBe(false);
  });

  it('is not fooled by another process under the same id', async () => {
    await withNeighbour((pid) => {
      hold(pid, 'another boot/123');
      HomeLock.acquire(home, 2).release();
    });
    // In a container the coordinator that was killed had this very id.
    hold(process.pid, null);
    HomeLock.acquire(home, 2).release();
  });

  it('takes over a file that says nothing', () => {
    writeFileSync(lockFile(), '{"pid":');
    const lock = HomeLock.acquire(home, 2);
    expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid, startedAtMs: 2 });
    lock.release();
  });
});
