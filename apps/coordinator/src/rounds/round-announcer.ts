import { Injectable } from '@nestjs/common';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import type { LedgerWrite } from '../ledger/ledger.js';
import { Clock } from '../observability/clock.js';
import { CrashPoints } from '../observability/crash-points.js';
import { FederationEvents } from '../observability/federation-events.js';
import { ContributorStore } from '../storage/ports/contributor.store.js';

/** Tells dashboards of rounds, and marks the boundaries at which fault tests kill the process. */
@Injectable()
export class RoundAnnouncer {
  constructor(
    readonly events: FederationEvents,
    readonly clock: Clock,
    private readonly crashPoints: CrashPoints,
    private readonly contributors: ContributorStore,
  ) {}

  reach(boundary: string): void {
    this.crashPoints.reach(boundary);
  }

  async opened(
    write: LedgerWrite,
    at: { run: string; state: RunState; cohort: readonly string[]; quorum: number; deadlineAtMs: number },
  ): Promise<void> {
    const cohort = await this.named(at.cohort);
    const { run, quorum, deadlineAtMs } = at;
    const { round, attempt, model } = at.state;
    write.afterCommit(() => {
      this.reach('round.after-open');
      this.events.publish({ name: 'round.opened.v1', data: { run, round, attempt, base: { ...model }, cohort, quorum, deadlineAtMs } });
    });
  }

  async named(keyIds: readonly string[]): Promise<{ contributor: string; name: string }[]> {
    return Promise.all(
      keyIds.map(async (contributor) => ({
        contributor,
        name: (await this.contributors.get(contributor))?.name ?? contributor.slice(0, 12),
      })),
    );
  }
}
