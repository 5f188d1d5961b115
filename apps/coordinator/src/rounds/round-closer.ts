import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { rootOf } from '@fedseal/chain/tree/root-of';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import { acceptedUpdates } from '@fedseal/rounds/machine/settle';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { Ledger, type LedgerWrite } from '../ledger/ledger.js';
import type { StoredRound, StoredUpdate } from '../storage/ports/round.store.js';
import { AggregatorStores } from './aggregator-stores.js';
import type { RoundPayload } from './effect-ids.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RoundOpener } from './round-opener.js';
import { RoundSums } from './round-sums.js';
import { RunDriver } from './run-driver.js';
import { StoredUpdates } from './stored-updates.js';
import { tensorBytes } from './tensor-bytes.js';

interface EncodedFile {
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** A round's result before it is sealed. */
interface Result {
  readonly row: StoredRound;
  readonly updates: readonly StoredUpdate[];
  readonly model: Artifact;
  /** Commit leaf hash to integer weight. */
  readonly weightOf: ReadonlyMap<string, number>;
  readonly weights: { readonly sha256: string; readonly bytes: number };
  /** Of the file with the server's next state; null for a strategy without memory. */
  readonly serverState: string | null;
  readonly close: Omit<Payload<'round.close'>, 'chain'>;
  /** Resolves when the model, the weights and the state are durable. */
  readonly stored: Promise<unknown>;
}

/** Computes the new model from the accepted updates and closes the round. */
@Injectable()
export class RoundCloser {
  constructor(
    private readonly ledger: Ledger,
    private readonly stores: AggregatorStores,
    private readonly sums: RoundSums,
    private readonly driver: RunDriver,
    private readonly opener: RoundOpener,
    private readonly announcer: RoundAnnouncer,
  ) {}

  /**
   * Idempotent: a round that is no longer waiting for its model only gets its effect marked done.
   * @param opensNext whether the next round is opened in the same transaction, if it can be; otherwise, and where it cannot
   *   be, it is opened by the signal that follows the commit
   */
  async close(at: RoundPayload, effectId: string, { opensNext }: { opensNext: boolean }): Promise<void> {
    const { run, round, attempt } = at;
    const [stored, row, updates] = await Promise.all([
      this.stores.runs.get(run), this.stores.rounds.get(run, round, attempt), this.stores.rounds.updates(run, round, attempt),
    ]);
    if (stored === undefined || row === undefined) throw new Error(`Effect ${effectId} names no round.`);
    const state = stored.state as RunState;
    if (state.phase !== 'aggregating' || state.round !== round || state.attempt !== attempt) {
      await this.ledger.write((write) => this.stores.outbox.complete(write.tx, effectId));
      return;
    }
    const result = await this.compute(row, state, updates);
    this.announcer.reach('aggregate.before-close');
    await this.ledger.write(async (write) => {
      const after = await this.record(write, result);
      await this.stores.outbox.complete(write.tx, effectId);
      if (opensNext && after.phase === 'gathering') await this.opener.openInside(write, { ...stored, state: after });
      // The files were written meanwhile. Nothing may commit that names a file which could still be lost.
      await result.stored;
    });
  }

  private async compute(row: StoredRound, state: RunState, updates: readonly StoredUpdate[]): Promise<Result> {
    const { run, round, attempt } = row;
    const sum = await this.sums.complete(row, acceptedUpdates(state), updates);
    const { model: tensors, state: kept, weights, denominator } = await sum.finish(new StoredUpdates(this.stores.blobs, updates));
    const file = this.encode(tensors);
    const serverState = kept.length === 0 ? null : this.encode(kept);
    const weightList = encodeCanonicalJson(weights.map(({ key, weight }) => ({ commit: key, weight })));
    const files = serverState === null ? [file] : [file, serverState];
    const stored = Promise.all([...files.map((encoded) => this.store(encoded)), this.stores.blobs.put(weightList)]);
    // Awaited inside the transaction; until then nobody else listens for its failure.
    stored.catch(() => undefined);
    const model = { sha256: file.sha256, tensorRoot: toHex(tensorRoot(nodeCrypto, tensorBytes(tensors))), bytes: file.bytes.length };
    const weightBlob = { sha256: toHex(nodeCrypto.sha256(weightList)), bytes: weightList.length };
    return {
      row, updates, model, stored,
      serverState: serverState?.sha256 ?? null,
      weights: weightBlob,
      weightOf: new Map(weights.map(({ key, weight }) => [key, weight])),
      close: {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'model.safetensors', digest: { sha256: file.sha256 } }],
        predicateType: 'urn:fedseal:round.close:v1',
        predicate: {
          run, round, attempt, model,
          base: row.base.sha256,
          aggregator: sum.aggregator,
          updates: { root: toHex(rootOf(nodeCrypto, weights.map(({ key }) => fromHex(key)))), count: weights.length },
          weights: weightBlob,
          denominator: String(denominator),
          grid: sum.grid,
          serverState: serverState?.sha256 ?? null,
        },
      },
    };
  }

  /** @returns the run's state after its round closed */
  private async record(write: LedgerWrite, { row, updates, model, weights, serverState, weightOf, close }: Result): Promise<RunState> {
    const { run, round, attempt } = row;
    const { leafHash } = await write.acceptSigned('round.close', close);
    const closedAtMs = this.announcer.clock.nowMs();
    const closed = { model, closeLeaf: leafHash, weightsSha256: weights.sha256, serverStateSha256: serverState, closedAtMs };
    await this.stores.rounds.save(write.tx, { ...row, status: 'closed', ...closed });
    for (const update of updates) {
      const weight = update.commit === null ? undefined : weightOf.get(update.commit);
      if (weight !== undefined) await this.stores.rounds.saveUpdate(write.tx, { ...update, weight });
    }
    const after = await this.driver.apply(write, run, { type: 'aggregated', round, attempt, model });
    const count = (outcome: StoredUpdate['outcome']) => updates.filter((update) => update.outcome === outcome).length;
    write.afterCommit(() => {
      this.sums.forget(run);
      this.announcer.reach('aggregate.after-close');
      this.announcer.events.publish({
        name: 'round.closed.v1',
        data: { run, round, attempt, model, contributors: weightOf.size, refused: count('refused'), silent: count('silent') },
      });
    });
    return after;
  }

  /** The next round begins with these tensors, so they stay at hand. */
  private encode(tensors: readonly Tensor[]): EncodedFile {
    const file = encodeSafetensors(tensors);
    const sha256 = toHex(nodeCrypto.sha256(file));
    this.stores.models.keep(sha256, tensors);
    return { sha256, bytes: Buffer.from(file.buffer, file.byteOffset, file.byteLength) };
  }

  /** As a stream whose digest is known, so that the file is hashed once less. */
  private store({ sha256, bytes }: EncodedFile): Promise<unknown> {
    return this.stores.blobs.putStream(Readable.from(bytes), sha256, bytes.length);
  }
}
