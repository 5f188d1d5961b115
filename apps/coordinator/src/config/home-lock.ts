import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../observability/coded-error.js';

const holder = z.object({
  pid: z.int().min(1),
  startedAtMs: z.int(),
  /** When the kernel started that process; null where the system does not tell. Process ids are reused. */
  processStart: z.string().nullable(),
});
type Holder = z.infer<typeof holder>;

const announcement = z.object({ pid: z.int(), url: z.string(), startedAtMs: z.int() });

/**
 * One coordinator per home. The lock is a file that names its holder; one left behind by a process that no longer
 * runs is taken over. While the coordinator serves, `coordinator.json` beside it tells other commands where it is.
 */
export class HomeLock {
  private constructor(
    private readonly home: string,
    private readonly mine: Holder,
  ) {}

  /** @throws CodedError `home.in-use` when another coordinator runs on this home. */
  static acquire(home: string, nowMs: number): HomeLock {
    mkdirSync(home, { recursive: true });
    const mine: Holder = { pid: process.pid, startedAtMs: nowMs, processStart: processStart(process.pid) };
    const path = lockPath(home);
    const draft = `${path}.${randomUUID()}`;
    writeFileSync(draft, JSON.stringify(mine), { flag: 'wx' });
    try {
      while (!tryLink(draft, path)) removeIfStale(home, path);
    } finally {
      unlinkSync(draft);
    }
    return new HomeLock(home, mine);
  }

  /** Tells other commands where this coordinator answers. The file appears whole. */
  announce(url: string): void {
    const path = join(this.home, 'coordinator.json');
    const draft = `${path}.${this.mine.pid}`;
    writeFileSync(draft, `${JSON.stringify({ pid: this.mine.pid, url, startedAtMs: this.mine.startedAtMs })}\n`);
    renameSync(draft, path);
  }

  release(): void {
    rmSync(join(this.home, 'coordinator.json'), { force: true });
    rmSync(lockPath(this.home), { force: true });
  }
}

function lockPath(home: string): string {
  return join(home, 'coordinator.lock');
}

function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

function removeIfStale(home: string, path: string): void {
  const text = readText(path);
  if (text === undefined) return;
  const held = holder.safeParse(parseJson(text));
  if (held.success && isRunning(held.data)) {
    const where = announcement.safeParse(parseJson(readText(join(home, 'coordinator.json')) ?? ''));
    const at = where.success && where.data.pid === held.data.pid ? ` at ${where.data.url}` : '';
    throw new CodedError(
      'home.in-use',
      `A coordinator (process ${held.data.pid}) already runs on ${home}${at}; use that one, stop it first, or set FEDSEAL_HOME to another folder.`,
    );
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

/** A container gives every start the same id, so an id alone proves nothing. */
function isRunning(held: Holder): boolean {
  if (held.pid === process.pid) return false;
  try {
    process.kill(held.pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return held.processStart === null || processStart(held.pid) === held.processStart;
}

/** Boot id and start tick (proc(5), `stat` field 22), which no two processes share; null without a /proc. */
function processStart(pid: number): string | null {
  const boot = readText('/proc/sys/kernel/random/boot_id');
  const stat = readText(`/proc/${pid}/stat`);
  if (boot === undefined || stat === undefined) return null;
  // The command's name stands in parentheses and may itself contain spaces and parentheses.
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
