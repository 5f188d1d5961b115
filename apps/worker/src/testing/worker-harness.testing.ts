import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerConfig } from '../config/config.js';
import type { WakingTimes } from '../evidence/waking-timer.js';
import type { WorkerEvent } from '../output/worker-events.js';
import { runWorker } from '../start-worker.js';
import { heldDataset, StubTrainer, tinyDataset } from './stub-trainer.testing.js';

/** One worker in this process: everything real but the trainer. */
export class WorkerHarness {
  readonly events: WorkerEvent[] = [];
  readonly trainer = new StubTrainer();
  readonly done: Promise<void>;
  private readonly ending = new AbortController();
  private readonly changes = new Set<() => void>();
  private ended = false;

  constructor(home: string, options: { invite?: string; name?: string; config?: WorkerConfig; hold?: boolean; holdOut?: boolean; waking?: WakingTimes; nowMs?: () => number } = {}) {
    if (options.hold) this.release = this.trainer.hold();
    const { invite, name } = options;
    this.done = runWorker({
      args: {
        home, backend: 'auto', format: 'json', data: { source: 'synthetic', partition: { kind: 'iid' }, seed: 1 },
        ...(invite === undefined ? {} : { invite }), ...(name === undefined ? {} : { name }),
      },
      config: options.config ?? {},
      report: (event) => { this.events.push(event); this.changed(); },
      openWorkbench: async () => ({
        trainer: this.trainer, dataset: tinyDataset,
        ...(options.holdOut ? {
          holdOut: { trainer: new StubTrainer(), dataset: heldDataset },
          warnings: [{ code: 'data.class-missing', message: 'A class has no example.' }],
        } : {}),
      }),
      signal: this.ending.signal,
      backOff: { firstMs: 10, mostMs: 40 },
      // Looks for evidence only where a test asks for it.
      waking: options.waking ?? { spacingMs: 3_600_000, mostMs: 3_600_000 },
      ...(options.nowMs ? { nowMs: options.nowMs } : {}),
    }).finally(() => { this.ended = true; this.changed(); });
    this.done.catch(() => undefined);
  }

  release: () => void = () => undefined;

  /** The n-th event of this kind that satisfies `where`. Fails when the worker ends before. */
  async event<E extends WorkerEvent['event']>(
    kind: E,
    where: (event: Extract<WorkerEvent, { event: E }>) => boolean = () => true,
    n = 1,
  ): Promise<Extract<WorkerEvent, { event: E }>> {
    for (;;) {
      const found = this.events.filter((each): each is Extract<WorkerEvent, { event: E }> => each.event === kind).filter(where);
      const nth = found[n - 1];
      if (nth) return nth;
      if (this.ended) {
        await this.done;
        throw new Error(`the worker ended without ${kind}: ${JSON.stringify(this.events)}`);
      }
      await new Promise<void>((resolve) => this.changes.add(resolve));
    }
  }

  async stop(): Promise<void> {
    this.ending.abort(new Error('the test ends'));
    await this.done;
  }

  private changed(): void {
    const waiting = [...this.changes];
    this.changes.clear();
    for (const resolve of waiting) resolve();
  }
}

export async function temporaryHome(): Promise<{ home: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'fedseal-worker-'));
  return { home: join(folder, 'home'), remove: () => rm(folder, { recursive: true, force: true }) };
}
