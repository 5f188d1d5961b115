/**
 * Named boundaries between two durable steps. The fault tests name one and the process dies there as if by
 * kill -9: no handler runs, nothing is flushed.
 */
export class CrashPoints {
  private readonly name: string | undefined;
  private readonly time: number;
  private reached = 0;

  /** @param crashAt `name`, or `name#n` for the n-th time it is reached; undefined: never. */
  constructor(crashAt?: string) {
    const match = /^(.+?)(?:#([1-9]\d*))?$/.exec(crashAt ?? '');
    this.name = match?.[1];
    this.time = Number(match?.[2] ?? 1);
  }

  reach(name: string): void {
    if (name !== this.name) return;
    this.reached += 1;
    if (this.reached === this.time) process.kill(process.pid, 'SIGKILL');
  }
}
