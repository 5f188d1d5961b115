import { Injectable } from '@nestjs/common';
import { Ledger } from '../ledger/ledger.js';
import { OutboxStore, type OutboxEntry } from '../storage/ports/outbox.store.js';
import type { CheckPayload, EffectKind, RoundPayload } from './effect-ids.js';
import { EvaluationDesk } from './evaluation-desk.js';
import { RoundCloser } from './round-closer.js';
import { RunDriver } from './run-driver.js';
import { UpdateChecker } from './update-checker.js';
import { UpdatePruner } from './update-pruner.js';

/** One processor per effect kind. Each marks its effect done in the transaction of its own writes. */
@Injectable()
export class EffectProcessors {
  readonly byKind: Readonly<Record<EffectKind, (entry: OutboxEntry) => Promise<void>>> = {
    'update.check': (entry) => this.checker.check(entry.payload as CheckPayload, entry.id),
    'updates.prune': (entry) => this.pruner.prune(entry.payload as RoundPayload, entry.id),
    'round.aggregate': (entry) => this.closer.close(entry.payload as RoundPayload, entry.id, { opensNext: false }),
    'round.deadline': (entry) => this.deadline(entry.payload as RoundPayload, entry.id),
    'evaluation.timeout': (entry) => this.evaluationTimeout(entry.payload as RoundPayload, entry.id),
  };

  /**
   * Effects that this process carries out itself as soon as they are committed, without a way through the queue: it holds the
   * sum, and the next round waits for it. What fails here goes to the queue, whose processor does no more than it must.
   */
  readonly atOnce: Readonly<Partial<Record<EffectKind, (entry: OutboxEntry) => Promise<void>>>> = {
    'round.aggregate': (entry) => this.closer.close(entry.payload as RoundPayload, entry.id, { opensNext: true }),
  };

  constructor(
    private readonly ledger: Ledger,
    private readonly outbox: OutboxStore,
    private readonly driver: RunDriver,
    private readonly checker: UpdateChecker,
    private readonly closer: RoundCloser,
    private readonly evaluations: EvaluationDesk,
    private readonly pruner: UpdatePruner,
  ) {}

  private async deadline({ run, round, attempt }: RoundPayload, id: string): Promise<void> {
    await this.ledger.write(async (write) => {
      await this.driver.apply(write, run, { type: 'deadline', round, attempt });
      await this.outbox.complete(write.tx, id);
    });
  }

  private async evaluationTimeout({ run, round }: RoundPayload, id: string): Promise<void> {
    await this.evaluations.giveUp(run, round, (write) => this.outbox.complete(write.tx, id));
  }
}
