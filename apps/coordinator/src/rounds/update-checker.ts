import { Injectable } from '@nestjs/common';
import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import type { LandedUpdate } from '@fedseal/model/aggregate/landed-update';
import { validateUpdate } from '@fedseal/model/aggregate/validate-update';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import { ModelError } from '@fedseal/model/model-error';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import { Ledger } from '../ledger/ledger.js';
import { CodedError } from '../observability/coded-error.js';
import { type StoredUpdate } from '../storage/ports/round.store.js';
import type { CheckPayload } from './effect-ids.js';
import { PlanSource } from './plan-source.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RoundSums } from './round-sums.js';
import { TRAINABLE_BOUND } from '@fedseal/rounds/aggregate/trainable-bound';
import { RunDriver } from './run-driver.js';
import { tensorBytes } from './tensor-bytes.js';
import { UpdateCheckerStores } from './update-checker-stores.js';

/** Reads an uploaded update, judges it, and folds it in once it is accepted. A sum never meets what may be refused. */
@Injectable()
export class UpdateChecker {
  constructor(
    private readonly ledger: Ledger,
    private readonly stores: UpdateCheckerStores,
    private readonly plans: PlanSource,
    private readonly driver: RunDriver,
    private readonly sums: RoundSums,
    private readonly announcer: RoundAnnouncer,
  ) {}

  async check({ run, commit }: CheckPayload, effectId: string): Promise<void> {
    const update = await this.stores.rounds.updateByCommit(commit);
    if (update?.update == null) throw new Error(`The effect ${effectId} names a commit without an update.`);
    // Where the upload still lies in memory it is judged and folded there; its digest and its values were looked at as it came.
    const received = this.stores.received.take(update.update.sha256);
    try {
      await this.checkFile({ run, commit }, update, received?.file, effectId);
    } finally {
      received?.release();
    }
  }

  private async checkFile({ run, commit }: CheckPayload, update: StoredUpdate, received: LandedUpdate | undefined, effectId: string): Promise<void> {
    const { contributor, examples } = update;
    const judged = await this.judge(update, received);
    const refusal = typeof judged === 'string' ? judged : null;
    const sum = refusal === null ? await this.sums.of(update) : undefined;
    this.announcer.reach('check.before-verdict');
    const state = await this.ledger.write(async (write) => {
      const after = await this.driver.apply(write, run, { type: 'update.checked', contributor, commit, refusal }, { update });
      await this.stores.outbox.complete(write.tx, effectId);
      return after;
    });
    this.announcer.reach('check.after-verdict');
    const known = state.updates[contributor];
    const isAccepted = known?.commit === commit && known.status === 'accepted';
    if (typeof judged !== 'string' && isAccepted) sum?.fold(commit, judged, examples);
  }

  /** @returns the update's tensors, or the reason it is refused. */
  private async judge({ run, update }: StoredUpdate, received: LandedUpdate | undefined): Promise<readonly Tensor[] | string> {
    const stored = await this.stores.runs.get(run);
    if (stored === undefined || update === null) throw new Error(`The run ${run} has updates but no row.`);
    const plan = await this.plans.load(stored);
    let tensors: readonly Tensor[];
    try {
      tensors = received?.scanned() ?? decodeSafetensors(received?.bytes ?? (await this.stores.blobs.get(update.sha256)));
    } catch (error) {
      if (error instanceof ModelError) return 'malformed-file';
      if (error instanceof CodedError && error.code.startsWith('blob.')) return 'file-missing';
      throw error;
    }
    const problem = validateUpdate(tensorSpecs(plan.model), tensors, TRAINABLE_BOUND);
    if (problem !== 'ok') return problem;
    const root = toHex(tensorRoot(nodeCrypto, tensorBytes(tensors)));
    return root === update.tensorRoot ? tensors : 'tensor-root-mismatch';
  }
}
