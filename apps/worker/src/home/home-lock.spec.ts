import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryHome } from '../testing/worker-harness.testing.js';
import { HomeLock } from './home-lock.js';

let folder: string;
let remove: () => Promise<void>;
beforeEach(async () => ({ home: folder, remove } = await temporaryHome()));
afterEach(() => remove());

const path = () => join(folder, 'worker.lock');
const taken = () => expect(() => HomeLock.acquire(folder)).toThrow(expect.objectContaining({ code: 'home.in-use' }));

describe('the lock of a home folder', () => {
  it('lets one in at a time, and the next one after its release', async () => {
    const lock = HomeLock.acquire(folder);
    taken();
    lock.release();
    expect(await readdir(folder)).toEqual([]);
    HomeLock.acquire(folder).release();
  });

  it('of another process holds while that one runs, and not after it was killed', async () => {
    HomeLock.acquire(folder).release();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000); console.log("up")'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(other.stdout, 'data');
    await writeFile(path(), JSON.stringify({ pid: other.pid, started: null }));
    taken();
    // The same id in another life of the machine, or of another process.
    await writeFile(path(), JSON.stringify({ pid: other.pid, started: 'another-boot/7' }));
    const lock = HomeLock.acquire(folder);
    lock.release();
    await writeFile(path(), JSON.stringify({ pid: other.pid, started: null }));
    other.kill('SIGKILL');
    await once(other, 'exit');
    HomeLock.acquire(folder).release();
    expect(existsSync(path())).toBe(false);
  });

  it.each(['', '{}', '{"pid":1'])('that is no lock (%j) stops nobody', async (text) => {
    HomeLock.acquire(folder).release();
    await writeFile(path(), text);
    HomeLock.acquire(folder).release();
  });
});
