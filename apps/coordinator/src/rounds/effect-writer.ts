import { Injectable } from '@nestjs/common';
import type { RunEffect, RunState } from '@fedseal/rounds/machine/run-state';
import { type LedgerWrite } from '../ledger/ledger.js';
import { OutboxStore, type OutboxEntry } from '../storage/ports/outbox.store.js';
import { RoundStore } from '../storage/ports/round.store.js';
import { RunStore, type StoredRun } from '../storage/ports/run.store.js';
import { effectIds, type EffectKind } from './effect-ids.js';
import { PlanSource } from './plan-source.js';
import type { StepContext } from './step-context.js';
import { VerdictWriter } from './verdict-writer.js';
import { EffectAnnouncer } from './effect-announcer.js';

export interface EffectScene {
  readonly run: StoredRun;
  readonly before: RunState;
  readonly after: RunState;
  readonly context: StepContext;
}

type Effect<T extends RunEffect['type']> = Extract<RunEffect, { type: T }>;

/** Turns each effect of the round machine into leaves and rows of the same transaction, or into a signal after it. */
@Injectable()
export class EffectWriter {
  constructor(
    private readonly runs: RunStore,
    private readonly rounds: RoundStore,
    private readonly outbox: OutboxStore,
    private readonly plans: PlanSource,
    private readonly verdicts: VerdictWriter,
    private readonly announcer: EffectAnnouncer,
  ) {}

  async write(write: LedgerWrite, scene: EffectScene, effect: RunEffect): Promise<void> {
    const run = scene.run.run;
    switch (effect.type) {
      case 'prepare.round':
        write.afterCommit(() => this.announcer.signals.emit('prepare', run));
        return;
      case 'invite':
        return this.invite(write, scene, effect);
      case 'schedule.deadline': {
        const payload = { run, round: effect.round, attempt: effect.attempt };
        const id = effectIds.deadline(run, effect.round, effect.attempt);
        return this.schedule(write, id, 'round.deadline', payload, effect.atMs);
      }
      case 'check.update':
        return this.schedule(write, effectIds.check(effect.commit), 'update.check', { run, commit: effect.commit }, 0);
      case 'aggregate': {
        const payload = { run, round: effect.round, attempt: effect.attempt };
        return this.schedule(write, effectIds.aggregate(run, effect.round, effect.attempt), 'round.aggregate', payload, 0);
      }
      case 'record.verdict':
        return this.verdicts.write(write, scene.run.run, effect, scene.context);
      case 'abandon.round':
        return this.abandonRound(write, scene, effect);
      case 'apply.retention':
        return this.applyRetention(write, scene.run, effect.round);
      case 'request.evaluation':
        return this.requestEvaluation(write, scene.run, effect);
      case 'end.run':
        return this.endRun(write, scene, effect);
    }
  }

  private invite(write: LedgerWrite, { run, after, context: { round } }: EffectScene, { contributors }: Effect<'invite'>): void {
    if (round === undefined) throw new Error('An event that invites brings the row of its round.');
    write.afterCommit(() => this.announcer.signals.emit('invite', { run, state: after, round }, contributors));
  }

  private async schedule(write: LedgerWrite, id: string, kind: EffectKind, payload: unknown, dueAtMs: number): Promise<void> {
    const entry: OutboxEntry = { id, kind, payload, dueAtMs };
    await this.outbox.add(write.tx, entry);
    write.afterCommit(() => this.announcer.signals.emit('outbox', entry));
  }

  private async abandonRound(write: LedgerWrite, { run, before }: EffectScene, effect: Effect<'abandon.round'>): Promise<void> {
    const { round, attempt, reason, willRetry } = effect;
    const stored = await this.rounds.get(run.run, round, attempt);
    if (stored) {
      await this.rounds.save(write.tx, { ...stored, status: 'failed', closedAtMs: this.announcer.clock.nowMs() });
    }
    write.afterCommit(() => {
      this.announcer.events.publish({ name: 'round.failed.v1', data: { run: run.run, round, attempt, reason, willRetry } });
      this.announcer.signals.emit('cancel', { run: run.run, round, attempt }, before.cohort, reason);
    });
  }

  private async applyRetention(write: LedgerWrite, run: StoredRun, closed: number): Promise<void> {
    const { retention } = await this.plans.load(run);
    if (retention === 'all') return;
    const round = retention === 'hashes' ? closed : closed - retention.lastRounds;
    if (round < 1) return;
    await this.schedule(write, effectIds.prune(run.run, round), 'updates.prune', { run: run.run, round, attempt: 0 }, 0);
  }

  private async requestEvaluation(write: LedgerWrite, run: StoredRun, effect: Effect<'request.evaluation'>): Promise<void> {
    const { evaluation } = await this.plans.load(run);
    const dueAtMs = this.announcer.clock.nowMs() + evaluation.timeoutSeconds * 1000;
    const id = effectIds.evaluationTimeout(run.run, effect.round);
    await this.schedule(write, id, 'evaluation.timeout', { run: run.run, round: effect.round, attempt: 0 }, Math.ceil(dueAtMs));
    write.afterCommit(() => this.announcer.signals.emit('evaluate', run.run, effect.round));
  }

  private async endRun(write: LedgerWrite, { run, after }: EffectScene, effect: Effect<'end.run'>): Promise<void> {
    const { leafHash } = await write.acceptSigned('run.end', {
      run: run.run,
      outcome: effect.outcome,
      reason: effect.reason,
      rounds: after.closed,
      model: after.model,
    });
    await this.runs.save(write.tx, run.run, {
      status: effect.outcome,
      reason: effect.reason,
      endedAtMs: this.announcer.clock.nowMs(),
      state: { ...after, endLeaf: leafHash },
    });
    write.afterCommit(() => this.announcer.runEnded(run.run, leafHash, effect.outcome, effect.reason));
  }
}
