import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CliError, EXIT } from '../cli-error.js';

/**
 * Makes the data folder ready. `fresh` moves an old one aside and never deletes it; whatever would keep the new federation
 * from starting is found before that.
 * @returns where the old one went, if it was moved @throws CliError `home.in-use`, `port.in-use`, `home.unusable`
 */
export async function prepareHome({ home, fresh, port }: { home: string; fresh: boolean; port: number }, now: Date): Promise<string | undefined> {
  if (fresh) {
    refuseWhileInUse(home);
    await refuseTakenPort(port);
  }
  try {
    let aside: string | undefined;
    if (fresh && existsSync(home)) {
      aside = `${home}.${now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}`;
      renameSync(home, aside);
    }
    mkdirSync(home, { recursive: true });
    return aside;
  } catch (cause) {
    throw new CliError('home.unusable', `The data folder ${home} cannot be used: ${(cause as Error).message}. Set FEDSEAL_HOME to a folder you may write to.`, EXIT.environment, { cause });
  }
}

/** A folder must never be moved from under a coordinator or its Postgres. */
function refuseWhileInUse(home: string): void {
  const holders = [readPid(join(home, 'coordinator.lock')), readPid(join(home, 'postgres', 'data', 'postmaster.pid'))];
  const holder = holders.find((pid) => pid !== undefined && isAlive(pid));
  if (holder !== undefined) {
    throw new CliError('home.in-use', `The federation in ${home} is running (process ${holder}). Stop it before beginning a new one with --fresh; if its coordinator was killed, start once without --fresh and stop it with Ctrl-C.`, EXIT.environment);
  }
}

/** The first number of a lock file: JSON with a `pid`, or Postgres' own, whose first line is one. */
function readPid(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    const match = /"pid":\s*(\d+)|^(\d+)\s*$/m.exec(text);
    return match ? Number(match[1] ?? match[2]) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function refuseTakenPort(port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  const taken = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(true)).listen(port, '127.0.0.1', () => resolve(false));
  });
  if (taken) throw new CliError('port.in-use', `Port ${port} is in use by another program; stop that one, or choose another with --port.`, EXIT.environment);
  await new Promise((resolve) => probe.close(resolve));
}
