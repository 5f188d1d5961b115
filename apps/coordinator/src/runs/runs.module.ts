import { Module } from '@nestjs/common';
import { ContributorsModule } from '../contributors/contributors.module.js';
import { RoundsModule } from '../rounds/rounds.module.js';
import { ProvenanceReader } from './provenance-reader.js';
import { RoundsController } from './rounds.controller.js';
import { RunCreator } from './run-creator.js';
import { RunOperator } from './run-operator.js';
import { RunReader } from './run-reader.js';
import { RunsController } from './runs.controller.js';
import { SealedLeaves } from './sealed-leaves.js';

@Module({
  imports: [ContributorsModule, RoundsModule],
  controllers: [RunsController, RoundsController],
  providers: [ProvenanceReader, RunCreator, RunOperator, RunReader, SealedLeaves],
})
export class RunsModule {}
