import { Injectable } from '@nestjs/common';
import type { RunEffect } from '@fedseal/rounds/machine/run-state';
import { WorkerChannel } from '../contributors/worker-channel.js';
import type { LedgerWrite } from '../ledger/ledger.js';
import { FederationEvents } from '../observability/federation-events.js';
import { ContributorStore } from '../storage/ports/contributor.store.js';
import { RoundStore, type StoredUpdate } from '../storage/ports/round.store.js';
import type { StepContext } from './step-context.js';

type Verdict = Extract<RunEffect, { type: 'record.verdict' }>;

/** Seals what became of an update, and tells its contributor and the dashboards. */
@Injectable()
export class VerdictWriter {
  constructor(
    private readonly rounds: RoundStore,
    private readonly contributors: ContributorStore,
    private readonly channel: WorkerChannel,
    private readonly events: FederationEvents,
  ) {}

  async write(write: LedgerWrite, run: string, verdict: Verdict, context: StepContext): Promise<void> {
    const { round, attempt, contributor, commit, outcome, reason } = verdict;
    const at = { run, round, attempt };
    const { leafHash } = await write.acceptSigned('update.verdict', { ...at, contributor, commit, outcome, reason });
    const row = await this.row(run, verdict, context);
    await this.rounds.saveUpdate(write.tx, { ...row, outcome, reason, verdictLeaf: leafHash });
    const name = (await this.contributors.get(contributor))?.name ?? contributor.slice(0, 12);
    write.afterCommit(() => {
      this.channel.notifyVerdict(contributor, { ...at, outcome, reason });
      if (outcome === 'accepted' && commit !== null) {
        this.events.publish({ name: 'update.accepted.v1', data: { ...at, contributor, name, examples: row.examples, commit } });
      } else {
        this.events.publish({ name: 'update.refused.v1', data: { ...at, contributor, name, reason } });
      }
    });
  }

  private async row(run: string, verdict: Verdict, context: StepContext): Promise<StoredUpdate> {
    const { round, attempt, contributor, commit } = verdict;
    if (commit === null) {
      return {
        run, round, attempt, contributor, commit, update: null, examples: 0, metrics: {},
        outcome: 'silent', reason: null, verdictLeaf: null, weight: null,
      };
    }
    const row = context.update?.commit === commit ? context.update : await this.rounds.updateByCommit(commit);
    if (row === undefined) throw new Error(`The commit ${commit} has a verdict but no row.`);
    return row;
  }
}
