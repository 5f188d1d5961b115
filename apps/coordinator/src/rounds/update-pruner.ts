import { Injectable } from '@nestjs/common';
import { Ledger } from '../ledger/ledger.js';
import { UpdateCheckerStores } from './update-checker-stores.js';
import type { RoundPayload } from './effect-ids.js';

/**
 * Lets go of the updates of a round that the plan's sealed retention no longer keeps. Their hashes, weights and verdicts stay
 * in the chain; what is gone can no longer be rebuilt, and an audit says so.
 */
@Injectable()
export class UpdatePruner {
  constructor(
    private readonly ledger: Ledger,
    private readonly stores: UpdateCheckerStores,
  ) {}

  async prune({ run, round }: RoundPayload, effectId: string): Promise<void> {
    // Under the writer's lock: no commit can name a file between the question and the deletion.
    await this.ledger.write(async (write) => {
      await this.letGo(run, round);
      await this.stores.outbox.complete(write.tx, effectId);
    });
  }

  private async letGo(run: string, round: number): Promise<void> {
    const attempts = (await this.stores.rounds.list(run, { afterRound: round - 1, limit: 1000 })).filter((row) => row.round === round);
    for (const { attempt } of attempts) {
      for (const { update } of await this.stores.rounds.updates(run, round, attempt)) {
        if (update !== null && !(await this.isNeeded(update.sha256, run, round))) await this.stores.blobs.delete(update.sha256);
      }
    }
  }

  /** The same bytes may be a model that somebody sent as its update, or an update of a round that keeps them. */
  private async isNeeded(sha256: string, run: string, round: number): Promise<boolean> {
    if (await this.stores.rounds.isPublished(sha256)) return true;
    const uses = await this.stores.rounds.updatesWithFile(sha256);
    return uses.some((use) => use.run !== run || use.round !== round);
  }
}
