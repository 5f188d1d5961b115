import type { CrashPoint } from './config/config.js';

/** For fault tests: the process dies here as if the power went, with nothing flushed or closed. */
export class CrashHook {
  constructor(private readonly crashAt?: CrashPoint) {}

  reach(point: CrashPoint): void {
    if (this.crashAt === point) process.kill(process.pid, 'SIGKILL');
  }
}
