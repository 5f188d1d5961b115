import { Injectable, type OnModuleInit } from '@nestjs/common';
import { toHex } from '@fedseal/chain/bytes';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { Ack } from '@fedseal/protocol/worker-messages';
import { WorkerChannel, type SubmittedLeaf } from '../contributors/worker-channel.js';
import { Ledger } from '../ledger/ledger.js';
import type { PromiseTerms } from '../ledger/promise-terms.js';
import { CodedError } from '../observability/coded-error.js';
import { refusalAck } from '../observability/refusal.js';
import { RoundStore, type StoredUpdate } from '../storage/ports/round.store.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RunDriver } from './run-driver.js';
import { UploadCheck } from './upload-check.js';

/**
 * Takes a signed `update.commit` whose file was uploaded before. The commit, its row and the pending check commit
 * together; the same leaf sent again is acknowledged again and counts once. Each acknowledgement carries the operator's
 * promise of when the commit is sealed.
 */
@Injectable()
export class UpdateIntake implements OnModuleInit {
  constructor(
    private readonly channel: WorkerChannel,
    private readonly ledger: Ledger,
    private readonly uploads: UploadCheck,
    private readonly rounds: RoundStore,
    private readonly driver: RunDriver,
    private readonly announcer: RoundAnnouncer,
  ) {}

  onModuleInit(): void {
    this.channel.onLeaf('update.commit', (leaf) => this.take(leaf));
  }

  private async take(submitted: SubmittedLeaf): Promise<Ack> {
    const leaf = readLeaf(submitted.bytes);
    if (leaf.kind !== 'update.commit') throw new Error('only update.commit is routed here');
    const payload: Payload<'update.commit'> = leaf.payload;
    const hash = toHex(leafHash(nodeCrypto, submitted.bytes));
    if (payload.contributor !== submitted.contributor) {
      return refuse('commit.wrong-key', 'This commit names another contributor. Sign it with the key of this session.');
    }
    if (!(await this.uploads.fits(payload.run, payload.update))) {
      return refuse('update.too-large', `An update of ${payload.run} holds one number for each of the model; this file is far larger. Send the deltas alone.`);
    }
    if (!(await this.uploads.hasSent(submitted.contributor, payload.update))) {
      return refuse('update.not-uploaded', `Upload the update first: PUT /v1/updates/${payload.update.sha256}, then send the commit again.`);
    }
    try {
      const terms = await this.accept(submitted.bytes, hash, payload).catch((error: unknown) => this.acceptedBefore(error, hash, payload));
      return { ok: true, leafHash: hash, promise: this.ledger.promise(hash, terms) };
    } catch (error) {
      return refusalAck(error);
    }
  }

  /**
   * Another signature over an accepted payload is a duplicate too, and another leaf: nothing is promised for it, since it will
   * never be sealed.
   * @throws the error, unless it says that this very leaf was accepted before
   */
  private acceptedBefore(error: unknown, hash: string, payload: Payload<'update.commit'>): Promise<PromiseTerms> {
    if (!(error instanceof CodedError) || error.code !== 'leaf.duplicate') throw error;
    return this.ledger.write(async (write) => {
      if (!(await write.holds(hash))) throw error;
      return write.promiseTerms(payload);
    });
  }

  private async accept(bytes: Uint8Array, commit: string, payload: Payload<'update.commit'>): Promise<PromiseTerms> {
    this.announcer.reach('commit.before-accept');
    const { run, round, attempt, contributor, examples } = payload;
    const update: StoredUpdate = {
      run, round, attempt, contributor, commit, update: payload.update, examples, metrics: payload.metrics,
      outcome: 'pending', reason: null, verdictLeaf: null, weight: null,
    };
    const terms = await this.ledger.write(async (write) => {
      await write.accept(bytes);
      await this.rounds.saveUpdate(write.tx, update);
      await this.driver.apply(write, run, { type: 'update.committed', round, attempt, contributor, commit, examples }, { update });
      return write.promiseTerms(payload);
    });
    this.announcer.reach('commit.after-accept');
    return terms;
  }
}

function refuse(code: string, message: string): Ack {
  return { ok: false, code, message };
}
