import { Module } from '@nestjs/common';
import { ContributorsModule } from '../contributors/contributors.module.js';
import { EffectAnnouncer, EffectWriter } from './effect-writer.js';
import { EffectProcessors } from './effect-processors.js';
import { EvaluationDesk, EvaluationStores } from './evaluation-desk.js';
import { InvitationSender } from './invitation-sender.js';
import { ModelSource } from './model-source.js';
import { OutboxRelay } from './outbox-relay.js';
import { PlanSource } from './plan-source.js';
import { AggregatorStores, RoundAggregator } from './round-aggregator.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RoundOpener, RoundOpenerStores } from './round-opener.js';
import { RoundSignals } from './round-signals.js';
import { RunDriver } from './run-driver.js';
import { RunRecovery, RunWakers } from './run-recovery.js';
import { UpdateChecker, UpdateCheckerStores } from './update-checker.js';
import { UpdateIntake } from './update-intake.js';
import { VerdictWriter } from './verdict-writer.js';

@Module({
  imports: [ContributorsModule],
  providers: [
    AggregatorStores, EffectAnnouncer, EffectProcessors, EffectWriter, EvaluationDesk, EvaluationStores, InvitationSender,
    ModelSource, OutboxRelay, PlanSource, RoundAggregator, RoundAnnouncer, RoundOpener, RoundOpenerStores, RoundSignals,
    RunDriver, RunRecovery, RunWakers, UpdateChecker, UpdateCheckerStores, UpdateIntake, VerdictWriter,
  ],
  exports: [PlanSource, RoundAnnouncer, RunDriver],
})
export class RoundsModule {}
