import { Injectable, type OnModuleInit } from '@nestjs/common';
import { toHex } from '@fedseal/chain/bytes';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { Ack } from '@fedseal/protocol/worker-messages';
import { WorkerChannel, type SubmittedLeaf } from '../contributors/worker-channel.js';
import { Ledger } from '../ledger/ledger.js';
import { CodedError } from '../observability/coded-error.js';
import { refusalAck } from '../observability/refusal.js';
import { RoundStore, type StoredUpdate } from '../storage/ports/round.store.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RunDriver } from './run-driver.js';
import { UploadCheck } from './upload-check.js';

/**
 * Takes a signed `update.commit` whose file was uploaded before. The commit, its row and the pending check commit
 * together; the same leaf sent again is acknowledged again and counts once.
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
      await this.accept(submitted.bytes, hash, payload);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'leaf.duplicate') return { ok: true, leafHash: hash };
      return refusalAck(error);
    }
    return { ok: true, leafHash: hash };
  }

  private async accept(bytes: Uint8Array, commit: string, payload: Payload<'update.commit'>): Promise<void> {
    this.announcer.reach('commit.before-accept');
    const { run, round, attempt, contributor, examples } = payload;
    const update: StoredUpdate = {
      run, round, attempt, contributor, commit, update: payload.update, examples, metrics: payload.metrics,
      outcome: 'pending', reason: null, verdictLeaf: null, weight: null,
    };
    await this.ledger.write(async (write) => {
      await write.accept(bytes);
      await this.rounds.saveUpdate(write.tx, update);
      await this.driver.apply(write, run, { type: 'update.committed', round, attempt, contributor, commit, examples }, { update });
    });
    this.announcer.reach('commit.after-accept');
  }
}

function refuse(code: string, message: string): Ack {
  return { ok: false, code, message };
}
