import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../api/api-client.js';
import { childEnvironment } from '../config/cli-config.js';
import { Child } from '../processes/child.js';
import { WORKER } from '../processes/entry-points.js';
import { startCoordinator } from '../processes/start-coordinator.js';
import type { DemoOptions } from './options.js';

/** The processes of a local federation: one coordinator, its workers and an evaluator. */
export class Federation {
  private readonly workers: Child[] = [];

  private constructor(
    private readonly options: DemoOptions,
    private readonly coordinator: Child,
    readonly url: string,
    readonly api: ApiClient,
  ) {}

  /** @throws CliError with the coordinator's own words when it does not come up */
  static async start(options: DemoOptions): Promise<Federation> {
    const { child, url, api } = await startCoordinator(options);
    return new Federation(options, child, url, api);
  }

  /** Starts the evaluator and the workers; each is enrolled on its first start. */
  async startWorkers(): Promise<void> {
    await this.startWorker('evaluator', 'evaluator', ['--split', 'test', ...this.sizes(Math.max(500, Math.ceil(this.options.examples / 4)))]);
    for (let i = 1; i <= this.options.workers; i += 1) {
      const holdOut = this.options.holdOut === null ? [] : ['--hold-out', String(this.options.holdOut)];
      const share = [...holdOut, '--partition', this.options.partition, '--shard', `${i}/${this.options.workers}`];
      await this.startWorker(`clinic-${i}`, 'contributor', ['--split', 'train', ...share, ...this.sizes(this.options.examples)]);
    }
  }

  /** Rejects as soon as the coordinator or a worker ends by itself. */
  async orFail<T>(wanted: Promise<T>): Promise<T> {
    const watched = [this.coordinator.orFail(wanted, 'coordinator'), ...this.workers.map((worker) => worker.orFail(wanted, 'worker'))];
    return Promise.race(watched);
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.coordinator.stop();
  }

  private async startWorker(name: string, role: 'contributor' | 'evaluator', data: readonly string[]): Promise<void> {
    const home = join(this.options.home, 'workers', name);
    const enrolled = existsSync(join(home, 'worker.json'));
    const invitation = enrolled ? [] : ['--invite', (await this.api.post<{ code: string }>('/v1/invitations', { role, url: this.url })).code];
    this.workers.push(
      new Child({
        entry: WORKER,
        args: ['--home', home, '--name', name, '--url', this.url, '--data', this.options.data, '--backend', this.options.backend, ...data, ...invitation],
        env: childEnvironment({}),
        logFile: join(this.options.home, 'logs', `${name}.log`),
      }),
    );
  }

  private sizes(examples: number): string[] {
    return this.options.data === 'synthetic' ? ['--examples', String(examples)] : [];
  }
}
