import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import type { AcceptedUpdate } from '@fedseal/rounds/machine/run-state';
import type { StoredRound, StoredUpdate } from '../storage/ports/round.store.js';
import { AggregatorStores } from './aggregator-stores.js';
import { OpenAggregate } from './open-aggregate.js';
import { PlanSource } from './plan-source.js';
import { RoundSignals } from './round-signals.js';

interface HeldSum {
  readonly round: number;
  readonly attempt: number;
  readonly sum: Promise<OpenAggregate>;
}

/**
 * The running sum of each open round, begun when its first update is checked. A sum is only a cache: whatever a crash took
 * from it is folded again from the stored updates, and the order makes no difference to a single bit.
 */
@Injectable()
export class RoundSums implements OnModuleInit {
  private readonly logger = new Logger(RoundSums.name);
  /** By run: a run has one open round. */
  private readonly held = new Map<string, HeldSum>();

  constructor(
    private readonly stores: AggregatorStores,
    private readonly plans: PlanSource,
    private readonly signals: RoundSignals,
  ) {}

  onModuleInit(): void {
    this.signals.on('cancel', ({ run }) => this.forget(run));
  }

  /** The sum of an attempt at a round, empty if nothing was folded here yet. */
  of(at: { run: string; round: number; attempt: number }): Promise<OpenAggregate> {
    const { run, round, attempt } = at;
    const known = this.held.get(run);
    if (known?.round === round && known.attempt === attempt) return known.sum;
    // A check that comes late, of an attempt that was given up, must not push out the sum that is needed.
    if (known && (round < known.round || (round === known.round && attempt < known.attempt))) return this.begin(run, round, attempt);
    const sum = this.begin(run, round, attempt);
    const held = { round, attempt, sum };
    this.held.set(run, held);
    // What could not be read now may be readable for the next update.
    sum.catch(() => {
      if (this.held.get(run) === held) this.held.delete(run);
    });
    return sum;
  }

  /** The sum of exactly the accepted updates: the held one with whatever it lacks folded in. */
  async complete(row: StoredRound, accepted: readonly AcceptedUpdate[], updates: readonly StoredUpdate[]): Promise<OpenAggregate> {
    const held = await this.of(row);
    const sum = held.holdsOnly(accepted) ? held : await this.begin(row.run, row.round, row.attempt);
    for (const { commit, examples } of accepted) {
      if (sum.has(commit)) continue;
      const update = updates.find((candidate) => candidate.commit === commit)?.update;
      if (!update) throw new Error(`The accepted commit ${commit} has no update.`);
      this.logger.debug(`folding ${commit} again from the store`);
      sum.fold(commit, decodeSafetensors(await this.stores.blobs.get(update.sha256)), examples);
    }
    return sum;
  }

  forget(run: string): void {
    this.held.delete(run);
  }

  private async begin(run: string, round: number, attempt: number): Promise<OpenAggregate> {
    const [stored, row] = await Promise.all([this.stores.runs.get(run), this.stores.rounds.get(run, round, attempt)]);
    if (stored === undefined || row === undefined) throw new Error(`Round ${round} of ${run} is summed but was never opened.`);
    const [plan, base, state] = await Promise.all([
      this.plans.load(stored), this.stores.models.load(row.base.sha256), this.stateBefore(run, round),
    ]);
    return new OpenAggregate(base, plan, row.cohort.length, state);
  }

  /** The server's state that the round before sealed. */
  private async stateBefore(run: string, round: number): Promise<readonly Tensor[] | undefined> {
    const before = round === 1 ? undefined : await this.stores.rounds.get(run, round - 1);
    const sha256 = before?.serverStateSha256 ?? null;
    return sha256 === null ? undefined : this.stores.models.load(sha256);
  }
}
