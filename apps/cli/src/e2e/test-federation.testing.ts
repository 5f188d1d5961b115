import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';
import type { RunPlanInput } from '@fedseal/protocol/plan';
import type { RoundView, RunView } from '@fedseal/protocol/rest';
import type { Socket } from 'socket.io-client';
import { ApiClient } from '../api/api-client.js';
import { childEnvironment } from '../config/cli-config.js';
import { listenToDashboard } from '../demo/dashboard-listener.js';
import { Child } from '../processes/child.js';
import { COORDINATOR, WORKER } from '../processes/entry-points.js';

/** A small real federation in processes of its own, on a temporary data folder and a fixed loopback port. */
export class TestFederation {
  readonly events: AnyDashboardEvent[] = [];
  private coordinator: Child | undefined;
  private readonly workers = new Map<string, Child>();
  private readonly waiting = new Set<() => void>();
  private readonly socket: Socket;

  private constructor(
    readonly home: string,
    readonly port: number,
  ) {
    this.socket = listenToDashboard(this.url, (event) => {
      this.events.push(event);
      for (const wake of this.waiting) wake();
    });
  }

  static async create(): Promise<TestFederation> {
    const home = mkdtempSync(join(tmpdir(), 'fedseal-e2e-'));
    // Postgres refuses root and then runs under an account that must be able to enter.
    chmodSync(home, 0o755);
    return new TestFederation(home, await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get api(): Promise<ApiClient> {
    return ApiClient.connect({ home: this.home, url: this.url, token: undefined });
  }

  /** @param settings environment, such as the boundary to die at @returns once it answers */
  async startCoordinator(settings: Record<string, string> = {}): Promise<Child> {
    let ready: () => void = () => undefined;
    const announced = new Promise<void>((resolve) => (ready = resolve));
    const child = new Child({
      entry: COORDINATOR,
      args: ['serve'],
      env: childEnvironment({ FEDSEAL_HOME: this.home, FEDSEAL_PORT: String(this.port), FEDSEAL_LOG_LEVEL: 'info', ...settings }),
      logFile: join(this.home, 'logs', 'coordinator.log'),
      onMessage: () => ready(),
    });
    this.coordinator = child;
    await child.orFail(announced, 'coordinator');
    return child;
  }

  async startWorker(name: string, role: 'contributor' | 'evaluator', settings: Record<string, string> = {}, data: readonly string[] = ['--examples', '256']): Promise<Child> {
    const home = join(this.home, 'workers', name);
    const enrolled = existsSync(join(home, 'worker.json'));
    const { code } = enrolled ? { code: '' } : await (await this.api).post<{ code: string }>('/v1/invitations', { role, url: this.url });
    const seed = ['--data-seed', String([...this.workers.keys()].indexOf(name) + this.workers.size + 1)];
    const child = new Child({
      entry: WORKER,
      args: ['--home', home, '--name', name, '--data', 'synthetic', '--backend', 'wasm', ...data, ...seed, ...(enrolled ? [] : ['--invite', code])],
      env: childEnvironment(settings),
      logFile: join(this.home, 'logs', `${name}.log`),
    });
    this.workers.set(name, child);
    return child;
  }

  async createRun(plan: Partial<RunPlanInput> & { name: string }): Promise<RunView> {
    return (await this.api).post<RunView>('/v1/runs', { ...SMALL_PLAN, ...plan });
  }

  async run(name: string): Promise<RunView> {
    return (await this.api).get<RunView>(`/v1/runs/${name}`);
  }

  async rounds(name: string): Promise<RoundView[]> {
    return (await (await this.api).get<{ rounds: RoundView[] }>(`/v1/runs/${name}/rounds`)).rounds;
  }

  /** Waits for an event that was already seen or comes; the vitest timeout bounds it. */
  async event(matches: (event: AnyDashboardEvent) => boolean): Promise<AnyDashboardEvent> {
    for (;;) {
      const found = this.events.find(matches);
      if (found) return found;
      await this.next();
    }
  }

  /** Waits until the run has ended and the block that holds its end is sealed. */
  async ended(name: string): Promise<RunView> {
    for (;;) {
      const view = await this.run(name).catch(() => undefined);
      if (view?.ended?.sealed) return view;
      await this.next();
    }
  }

  /** `coordinator audit` in a process of its own. */
  async audit(): Promise<{ status: number | null; answer: Record<string, unknown> }> {
    return this.command(['audit', '--format', 'json']);
  }

  async export(dir: string, ...choice: readonly string[]): Promise<{ status: number | null; answer: Record<string, unknown> }> {
    return this.command(['export', '--out', dir, ...choice, '--format', 'json']);
  }

  async stopCoordinator(): Promise<void> {
    await this.coordinator?.stop();
  }

  async stopWorker(name: string): Promise<void> {
    await this.workers.get(name)?.stop();
  }

  async close(): Promise<void> {
    this.socket.close();
    await Promise.all([...this.workers.values()].map((worker) => worker.stop()));
    await this.coordinator?.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  private async command(args: readonly string[]) {
    const lines: string[] = [];
    const child = new Child({
      entry: COORDINATOR,
      args,
      env: childEnvironment({ FEDSEAL_HOME: this.home, FEDSEAL_LOG_LEVEL: 'warn' }),
      logFile: join(this.home, 'logs', 'command.log'),
      onLine: (line) => lines.push(line),
    });
    const { code } = await child.exited;
    return { status: code, answer: JSON.parse(lines.join('\n') || '{}') as Record<string, unknown> };
  }

  /** Resolves with the next event; the coordinator's own heartbeat is the snapshot it sends on each connection. */
  private next(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
    });
  }
}

const SMALL_PLAN: RunPlanInput = {
  version: 1,
  name: 'small',
  model: {
    name: 'small-cnn',
    inputShape: [28, 28, 1],
    layers: [
      { type: 'conv2d', filters: 4, kernelSize: 3, activation: 'relu' },
      { type: 'maxPooling2d', poolSize: 2 },
      { type: 'flatten' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ],
  },
  rounds: 2,
  cohort: { minimum: 2 },
  policy: { quorum: 2, deadlineSeconds: 120 },
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
