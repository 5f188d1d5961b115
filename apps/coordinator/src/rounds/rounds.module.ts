import { Module } from '@nestjs/common';
import { ContributorsModule } from '../contributors/contributors.module.js';
import { EffectAnnouncer } from './effect-announcer.js';
import { EffectWriter } from './effect-writer.js';
import { EffectProcessors } from './effect-processors.js';
import { EvaluationDesk } from './evaluation-desk.js';
import { EvaluationRoster } from './evaluation-roster.js';
import { EvaluationStores } from './evaluation-stores.js';
import { InvitationSender } from './invitation-sender.js';
import { ModelSource } from './model-source.js';
import { OutboxRelay } from './outbox-relay.js';
import { PlanSource } from './plan-source.js';
import { AggregatorStores } from './aggregator-stores.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RoundCloser } from './round-closer.js';
import { RoundOpener } from './round-opener.js';
import { RoundOpenerStores } from './round-opener-stores.js';
import { RoundSignals } from './round-signals.js';
import { RoundSums } from './round-sums.js';
import { RunDriver } from './run-driver.js';
import { RunRecovery } from './run-recovery.js';
import { RunWakers } from './run-wakers.js';
import { UpdateChecker } from './update-checker.js';
import { UpdateCheckerStores } from './update-checker-stores.js';
import { UpdateIntake } from './update-intake.js';
import { UpdatePruner } from './update-pruner.js';
import { UploadCheck } from './upload-check.js';
import { VerdictWriter } from './verdict-writer.js';

@Module({
  imports: [ContributorsModule],
  providers: [
    AggregatorStores, EffectAnnouncer, EffectProcessors, EffectWriter, EvaluationDesk, EvaluationRoster, EvaluationStores, InvitationSender,
    ModelSource, OutboxRelay, PlanSource, RoundAnnouncer, RoundCloser, RoundOpener, RoundOpenerStores, RoundSignals, RoundSums,
    RunDriver, RunRecovery, RunWakers, UpdateChecker, UpdateCheckerStores, UpdateIntake, UpdatePruner, UploadCheck, VerdictWriter,
  ],
  exports: [PlanSource, RoundAnnouncer, RunDriver],
})
export class RoundsModule {}
