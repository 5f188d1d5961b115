import { fork, type ChildProcess } from 'node:child_process';

/** What a process of light workers is told to do. */
export interface HostWorkers {
  readonly invitations: readonly string[];
  readonly examples: number;
}

/** What it reports. Times are of the machine's monotonic clock (`process.hrtime.bigint`), ns, as decimal strings. */
export type HostReport =
  | { readonly type: 'online' }
  | { readonly type: 'invited'; readonly round: number; readonly atNs: string };

/** Light workers in a process of their own, as real ones are: what they do takes nothing from the coordinator's thread. */
export class WorkerHost {
  private constructor(
    private readonly child: ChildProcess,
    private readonly exited: Promise<number | null>,
  ) {}

  /** @param onInvited told of each invitation that a worker receives. Resolves when all are online. */
  static async start(workers: HostWorkers, onInvited: (round: number, atNs: bigint) => void): Promise<WorkerHost> {
    const child = fork(new URL('light-worker-process.js', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const online = new Promise<void>((resolve) => {
      child.on('message', (report: HostReport) => {
        if (report.type === 'online') resolve();
        else onInvited(report.round, BigInt(report.atNs));
      });
    });
    child.send(workers);
    const host = new WorkerHost(child, exited);
    await Promise.race([online, host.died()]);
    return host;
  }

  /** Rejects when the process ends; for racing against what depends on it. */
  async died(): Promise<never> {
    const code = await this.exited;
    throw new Error(`The process of the light workers ended with status ${code}; its output says why.`);
  }

  async stop(): Promise<void> {
    this.child.kill();
    await this.exited;
  }
}
