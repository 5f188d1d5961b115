import { setTimeout as delay } from 'node:timers/promises';
import { readPostmaster } from './postmaster-file.js';

const LOOK_AGAIN_MS = 10;

/** Signals in the order tried: fast shutdown, immediate shutdown, kill; each with the time it gets, in ms. */
const ATTEMPTS = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const;

/**
 * Stops a server, whoever started it, and waits until it let go of its data folder. A process id alone says little
 * (nobody may be there to collect a server whose parent died), so its own file is what counts.
 */
export async function stopServer(data: string, pid: number, mostPatienceMs = Number.POSITIVE_INFINITY): Promise<void> {
  for (const [signal, ms] of ATTEMPTS) {
    const patienceMs = Math.min(ms, mostPatienceMs);
    try {
      process.kill(pid, signal);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw cause;
    }
    for (const start = performance.now(); performance.now() - start < patienceMs; await delay(LOOK_AGAIN_MS)) {
      const now = readPostmaster(data);
      if (now === undefined || now === 'stale' || now.pid !== pid) return;
    }
  }
}
