import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { WorkerError } from '../worker-error.js';

const holder = z.object({
  pid: z.int().min(1),
  /** When the kernel started that process; null where the system does not tell. Process ids are reused. */
  started: z.string().nullable(),
});

/** Folders that this very process holds: its own id in a file proves nothing after a container's restart. */
const held = new Set<string>();

/**
 * One worker for each home folder: two would train, sign and write over each other. The lock is a file that names its holder; one
 * that a killed process left is taken over.
 */
export class HomeLock {
  private constructor(private readonly path: string) {}

  /** @throws WorkerError `home.in-use` */
  static acquire(folder: string): HomeLock {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'worker.lock');
    const draft = `${path}.${randomUUID()}`;
    writeFileSync(draft, JSON.stringify({ pid: process.pid, started: processStart(process.pid) }), { flag: 'wx', mode: 0o600 });
    try {
      while (!tryLink(draft, path)) removeIfStale(folder, path);
    } finally {
      rmSync(draft);
    }
    held.add(path);
    return new HomeLock(path);
  }

  release(): void {
    held.delete(this.path);
    rmSync(this.path, { force: true });
  }
}

/** A link fails where a rename would replace the lock of another start. */
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

function removeIfStale(folder: string, path: string): void {
  const text = readText(path);
  if (text === undefined) return;
  const pid = runningHolder(path, text);
  if (pid !== undefined) {
    throw new WorkerError('home.in-use', `Another worker (process ${pid}) runs on ${folder}; stop that one first, or give this one a folder of its own with --home.`);
  }
  // Moved aside before it is removed: a lock that somebody else took in between is put back.
  const aside = `${path}.stale.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw cause;
  }
  if (readText(aside) !== text) tryLink(aside, path);
  rmSync(aside, { force: true });
}

/** @returns the holder's id when that very process still runs */
function runningHolder(path: string, text: string): number | undefined {
  let parsed;
  try {
    parsed = holder.parse(JSON.parse(text));
  } catch {
    // Not whole: its writer died before it was linked here, or it is no lock.
    return undefined;
  }
  const { pid, started } = parsed;
  if (pid === process.pid) return held.has(path) ? pid : undefined;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return started === null || processStart(pid) === started ? pid : undefined;
}

/** Boot id and start tick (proc(5), `stat` field 22), which no two processes share; null without a /proc. */
function processStart(pid: number): string | null {
  const boot = readText('/proc/sys/kernel/random/boot_id');
  const stat = readText(`/proc/${pid}/stat`);
  if (boot === undefined || stat === undefined) return null;
  // The command's name stands in parentheses and may itself hold spaces and parentheses.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${boot.trim()}/${afterName[19] ?? ''}`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
