import { Injectable } from '@nestjs/common';
import type { RunEffect, RunEvent, RunState } from '@fedseal/rounds/machine/run-state';
import { step } from '@fedseal/rounds/machine/step';
import type { LedgerWrite } from '../ledger/ledger.js';
import { CodedError } from '../observability/coded-error.js';
import { RunStore, type StoredRun } from '../storage/ports/run.store.js';
import { EffectWriter } from './effect-writer.js';
import type { StepContext } from './step-context.js';

/** Steps a run's machine inside one ledger write: the new state and everything it asks for commit together. */
@Injectable()
export class RunDriver {
  constructor(
    private readonly runs: RunStore,
    private readonly effects: EffectWriter,
  ) {}

  /** @throws CodedError `run.not-found` */
  async apply(write: LedgerWrite, run: string, event: RunEvent, context: StepContext = {}): Promise<RunState> {
    const stored = await this.runs.lock(write.tx, run);
    if (stored === undefined) throw runNotFound(run);
    const before = stored.state as RunState;
    const { state, effects } = step(before, event);
    if (state !== before) {
      await this.runs.save(write.tx, run, { state });
    }
    await this.carryOut(write, stored, before, state, effects, context);
    return state;
  }

  /** The effects of a run that was just created. */
  async start(write: LedgerWrite, stored: StoredRun, effects: readonly RunEffect[]): Promise<void> {
    const state = stored.state as RunState;
    await this.carryOut(write, stored, state, state, effects, {});
  }

  private async carryOut(
    write: LedgerWrite,
    run: StoredRun,
    before: RunState,
    after: RunState,
    effects: readonly RunEffect[],
    context: StepContext,
  ): Promise<void> {
    for (const effect of effects) {
      await this.effects.write(write, { run, before, after, context }, effect);
    }
  }
}

export function runNotFound(run: string): CodedError {
  return new CodedError('run.not-found', `There is no run named ${run}. GET /v1/runs lists those there are.`);
}
