import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { RoundInvite } from '@fedseal/protocol/worker-messages';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { WorkerChannel, type OnlineWorker } from '../contributors/worker-channel.js';
import { Ledger } from '../ledger/ledger.js';
import { RoundStore } from '../storage/ports/round.store.js';
import { RunStore } from '../storage/ports/run.store.js';
import { PlanSource } from './plan-source.js';
import { TRAINABLE_BOUND } from '@fedseal/rounds/aggregate/trainable-bound';
import { RoundSignals, type OpenRound } from './round-signals.js';
import { inBackground } from './in-background.js';
import { strategyOfPlan } from './strategy-of-plan.js';

/**
 * Pushes invitations. They are repeatable: whoever connects is sent again what is still open for it, so neither a
 * lost socket nor a restart of either side loses a round.
 */
@Injectable()
export class InvitationSender implements OnModuleInit {
  constructor(
    private readonly channel: WorkerChannel,
    private readonly ledger: Ledger,
    private readonly runs: RunStore,
    private readonly rounds: RoundStore,
    private readonly plans: PlanSource,
    private readonly signals: RoundSignals,
  ) {}

  onModuleInit(): void {
    this.signals.on('invite', (open, contributors) => inBackground(`inviting for ${open.run.run}`, this.inviteAll(open, contributors)));
    this.signals.on('cancel', (at, contributors, reason) => {
      for (const keyId of contributors) this.channel.cancel(keyId, { ...at, reason });
    });
    this.channel.onOnline((worker) => inBackground(`resuming ${worker.name}`, this.resume(worker)));
  }

  private async inviteAll(open: OpenRound, contributors: readonly string[]): Promise<void> {
    const invite = await this.build(open);
    // An invitation that nobody acknowledges is sent again when its worker next comes online.
    await Promise.all(contributors.map((keyId) => this.channel.invite(keyId, invite)));
  }

  private async resume(worker: OnlineWorker): Promise<void> {
    if (worker.role !== 'contributor') return;
    for (const run of await this.runs.list({ limit: 1000, status: 'running' })) {
      const state = run.state as RunState;
      const isAwaited = state.phase === 'training' && state.cohort.includes(worker.keyId) && state.updates[worker.keyId] === undefined;
      const round = isAwaited ? await this.rounds.get(run.run, state.round, state.attempt) : undefined;
      if (round) await this.inviteAll({ run, state, round }, [worker.keyId]);
    }
  }

  private async build({ run, state, round }: OpenRound): Promise<RoundInvite> {
    const plan = await this.plans.load(run);
    return {
      run: run.run,
      round: state.round,
      attempt: state.attempt,
      base: { ...state.model },
      model: plan.model,
      training: plan.training,
      terms: strategyOfPlan(plan).clientTerms,
      seed: plan.seed,
      bound: TRAINABLE_BOUND,
      examplesCap: plan.policy.examplesCap,
      deadlineAtMs: round.deadlineAtMs,
      head: this.ledger.head(),
    };
  }
}
