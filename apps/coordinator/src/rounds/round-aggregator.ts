import { Injectable, Logger } from '@nestjs/common';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { rootOf } from '@fedseal/chain/tree/root-of';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import type { RunPlan } from '@fedseal/protocol/plan';
import { acceptedUpdates } from '@fedseal/rounds/machine/settle';
import type { AcceptedUpdate, RunState } from '@fedseal/rounds/machine/run-state';
import { Ledger } from '../ledger/ledger.js';
import { type StoredRound, type StoredUpdate } from '../storage/ports/round.store.js';
import type { RoundPayload } from './effect-ids.js';
import { ModelSource } from './model-source.js';
import { OpenAggregate } from './open-aggregate.js';
import { PlanSource } from './plan-source.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RunDriver } from './run-driver.js';
import { tensorBytes } from './tensor-bytes.js';
import { AggregatorStores } from './aggregator-stores.js';

/**
 * Holds the running sum of each open round and closes rounds. The sum is only a cache: whatever a crash took from it
 * is folded again from the stored updates, and the order makes no difference to a single bit.
 */
@Injectable()
export class RoundAggregator {
  private readonly logger = new Logger(RoundAggregator.name);
  /** By run: a run has one open round. */
  private readonly open = new Map<string, OpenAggregate>();

  constructor(
    private readonly ledger: Ledger,
    private readonly stores: AggregatorStores,
    private readonly plans: PlanSource,
    private readonly models: ModelSource,
    private readonly driver: RunDriver,
    private readonly announcer: RoundAnnouncer,
  ) {}

  /** Folds an accepted update into its round's sum, if that sum is already held here. */
  fold(update: StoredUpdate, deltas: readonly Tensor[]): void {
    const held = this.open.get(update.run);
    if (held?.isFor(update) && update.commit !== null) held.fold(update.commit, deltas, update.examples);
  }

  /** Called when a round opens, so that updates can be folded in as they arrive. */
  async begin(run: string, round: StoredRound): Promise<void> {
    const stored = await this.stores.runs.get(run);
    if (stored === undefined) return;
    const plan = await this.plans.load(stored);
    this.open.set(run, await this.createAggregate(round, plan));
  }

  forget(run: string): void {
    this.open.delete(run);
  }

  /** Computes the new model from the accepted updates and closes the round. */
  async close({ run, round, attempt }: RoundPayload, effectId: string): Promise<void> {
    const stored = await this.stores.runs.get(run);
    const state = stored?.state as RunState | undefined;
    const row = await this.stores.rounds.get(run, round, attempt);
    if (stored === undefined || state === undefined || row === undefined) throw new Error(`Effect ${effectId} names no round.`);
    if (state.phase !== 'aggregating' || state.round !== round || state.attempt !== attempt) {
      await this.ledger.write((write) => this.stores.outbox.complete(write.tx, effectId));
      return;
    }
    const plan = await this.plans.load(stored);
    const accepted = acceptedUpdates(state);
    const aggregate = await this.completeAggregate(run, row, plan, accepted);
    const { tensors, weights, denominator } = aggregate.finish();
    const file = encodeSafetensors(tensors);
    const weightList = encodeCanonicalJson(weights);
    const [model, weightBlob] = await Promise.all([this.stores.blobs.put(file), this.stores.blobs.put(weightList)]);
    const root = toHex(tensorRoot(nodeCrypto, tensorBytes(tensors)));
    const artifact = { sha256: model.sha256, tensorRoot: root, bytes: model.bytes };
    this.models.keep(model.sha256, tensors);
    const updates = await this.stores.rounds.updates(run, round, attempt);
    this.announcer.reach('aggregate.before-close');
    await this.ledger.write(async (write) => {
      const { leafHash } = await write.acceptSigned('round.close', {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'model.safetensors', digest: { sha256: model.sha256 } }],
        predicateType: 'urn:fedseal:round.close:v1',
        predicate: {
          run, round, attempt,
          base: row.base.sha256,
          model: artifact,
          aggregator: { name: plan.strategy.name, parameters: aggregate.parameters },
          updates: { root: toHex(rootOf(nodeCrypto, weights.map(({ commit }) => fromHex(commit)))), count: weights.length },
          weights: { sha256: weightBlob.sha256, bytes: weightBlob.bytes },
          denominator: String(denominator),
          grid: aggregate.grid,
          serverState: null,
        },
      });
      const closedAtMs = this.announcer.clock.nowMs();
      await this.stores.rounds.save(write.tx, {
        ...row, status: 'closed', model: artifact, closeLeaf: leafHash, weightsSha256: weightBlob.sha256, closedAtMs,
      });
      const weightOf = new Map(weights.map(({ commit, weight }) => [commit, weight]));
      for (const update of updates) {
        const weight = update.commit === null ? undefined : weightOf.get(update.commit);
        if (weight !== undefined) await this.stores.rounds.saveUpdate(write.tx, { ...update, weight });
      }
      await this.driver.apply(write, run, { type: 'aggregated', round, attempt, model: artifact });
      await this.stores.outbox.complete(write.tx, effectId);
      const count = (outcome: StoredUpdate['outcome']) => updates.filter((update) => update.outcome === outcome).length;
      write.afterCommit(() => {
        this.forget(run);
        this.announcer.reach('aggregate.after-close');
        this.announcer.events.publish({
          name: 'round.closed.v1',
          data: { run, round, attempt, model: artifact, contributors: weights.length, refused: count('refused'), silent: count('silent') },
        });
      });
    });
  }

  /** The held sum with whatever it lacks folded in, or a new one after a restart. */
  private async completeAggregate(
    run: string,
    row: StoredRound,
    plan: RunPlan,
    accepted: readonly AcceptedUpdate[],
  ): Promise<OpenAggregate> {
    const held = this.open.get(run);
    const aggregate = held?.isFor(row) && held.holdsOnly(accepted) ? held : await this.createAggregate(row, plan);
    const rows = await this.stores.rounds.updates(row.run, row.round, row.attempt);
    for (const { commit, examples } of accepted) {
      if (aggregate.has(commit)) continue;
      const update = rows.find((candidate) => candidate.commit === commit)?.update;
      if (!update) throw new Error(`The accepted commit ${commit} has no update.`);
      this.logger.debug(`folding ${commit} again from the store`);
      aggregate.fold(commit, decodeSafetensors(await this.stores.blobs.get(update.sha256)), examples);
    }
    return aggregate;
  }

  private async createAggregate(row: StoredRound, plan: RunPlan): Promise<OpenAggregate> {
    const base = await this.models.load(row.base.sha256);
    return new OpenAggregate(row, base, plan, row.cohort.length);
  }
}
