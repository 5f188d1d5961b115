import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../observability/clock.js';
import { Queue, type JobHandler } from '../queue/queue.js';
import { OutboxStore, type OutboxEntry } from '../storage/ports/outbox.store.js';
import { EffectProcessors } from './effect-processors.js';
import type { EffectKind } from './effect-ids.js';
import { RoundSignals } from './round-signals.js';

const RESCAN_MS = 10_000;
const PAGE = 10_000;
const CONCURRENCY = 4;

/**
 * Carries pending effects from the database to the queue, or out at once where that is faster. The database is the truth: at
 * start, and every few seconds for what a flushed or restarted queue or a dead process forgot, everything that is not done is
 * handed over again.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OutboxRelay.name);
  /** Effects being carried out at once, by id. */
  private readonly running = new Map<string, Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly queue: Queue,
    private readonly outbox: OutboxStore,
    private readonly processors: EffectProcessors,
    private readonly signals: RoundSignals,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.signals.on('outbox', (entry) => void this.receive(entry));
    const handlers = Object.fromEntries(
      Object.entries(this.processors.byKind).map(([kind, process]): [string, JobHandler] => [
        kind,
        (payload) => this.run(kind as EffectKind, payload, process),
      ]),
    );
    await this.queue.start(handlers, { concurrency: CONCURRENCY });
    await this.rescan(Number.POSITIVE_INFINITY);
    this.timer = setInterval(() => void this.rescan(this.clock.nowMs() - RESCAN_MS), RESCAN_MS);
    this.timer.unref();
  }

  /** The queue has stopped by now, so nothing begins any more; what is under way still has its database. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.allSettled(this.running.values());
  }

  private async receive(entry: OutboxEntry): Promise<void> {
    const process = this.processors.atOnce[entry.kind as EffectKind];
    if (process === undefined) return this.hand(entry);
    const work = process(entry).finally(() => this.running.delete(entry.id));
    this.running.set(entry.id, work);
    try {
      await work;
    } catch (error) {
      this.logger.warn(`${entry.id} failed at once and goes to the queue. ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      await this.hand(entry);
    }
  }

  private async run(kind: EffectKind, payload: unknown, process: (entry: OutboxEntry) => Promise<void>): Promise<void> {
    const { id } = payload as { id: string };
    // A scan may hand over what this very process still works on.
    const underWay = this.running.get(id);
    if (underWay) return underWay;
    const entry = await this.outbox.get(id);
    if (entry === undefined || entry.done) return;
    if (entry.kind !== kind) throw new Error(`Effect ${id} is of kind ${entry.kind}, its job says ${kind}.`);
    await process(entry);
  }

  /** @param dueBefore entries due later are left to the jobs that already wait for them */
  private async rescan(dueBefore: number): Promise<void> {
    try {
      for (const entry of await this.outbox.pending(PAGE)) {
        if (entry.dueAtMs <= dueBefore) await this.hand(entry);
      }
    } catch (error) {
      this.logger.warn(`Pending effects could not be read; trying again in ${RESCAN_MS / 1000} s. ${String(error)}`);
    }
  }

  private async hand(entry: OutboxEntry): Promise<void> {
    try {
      await this.queue.add({ name: entry.kind, key: entry.id, payload: { id: entry.id }, runAtMs: entry.dueAtMs });
    } catch (error) {
      this.logger.warn(`The queue took no job for ${entry.id}; the next scan hands it over again. ${String(error)}`);
    }
  }
}
