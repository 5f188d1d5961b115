import { Injectable } from '@nestjs/common';
import { RoundStore } from '../storage/ports/round.store.js';
import { RunStore } from '../storage/ports/run.store.js';
import { ContributorStore } from '../storage/ports/contributor.store.js';
import { PlanSource } from './plan-source.js';

/** What the desk reads, as one dependency. */
@Injectable()
export class EvaluationStores {
  constructor(
    readonly runs: RunStore,
    readonly rounds: RoundStore,
    readonly plans: PlanSource,
    readonly contributors: ContributorStore,
  ) {}
}
