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
    const attempts = (await this.stores.rounds.list(run, { afterRound: round - 1, limit: 1000 })).filter((row) => row.round === round);
    for (const { attempt } of attempts) {
      for (const { update } of await this.stores.rounds.updates(run, round, attempt)) {
        // The same bytes may also be a model that somebody sent as its update.
        if (update !== null && !(await this.stores.rounds.isPublished(update.sha256))) await this.stores.blobs.delete(update.sha256);
      }
    }
    await this.ledger.write((write) => this.stores.outbox.complete(write.tx, effectId));
  }
}
