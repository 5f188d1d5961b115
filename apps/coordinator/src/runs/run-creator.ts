import { Injectable } from '@nestjs/common';
import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { resolvePreset } from '@fedseal/model/layers/resolve-preset';
import { ModelError } from '@fedseal/model/model-error';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import type { RunPlan, RunPlanRequest } from '@fedseal/protocol/plan';
import { createRunState } from '@fedseal/rounds/machine/create-run-state';
import { Ledger } from '../ledger/ledger.js';
import { CodedError } from '../observability/coded-error.js';
import { BlobStore } from '../storage/ports/blob.store.js';
import { RunStore, type StoredRun } from '../storage/ports/run.store.js';
import { RoundAnnouncer } from '../rounds/round-announcer.js';
import { RunDriver } from '../rounds/run-driver.js';
import { checkQuorum } from '../rounds/strategy-of-plan.js';
import { tensorBytes } from '../rounds/tensor-bytes.js';
import { encodePlan } from './encode-plan.js';

/** Makes a run from its plan: the initial model is generated from the plan's seed, so anyone can rebuild it. */
@Injectable()
export class RunCreator {
  constructor(
    private readonly ledger: Ledger,
    private readonly runs: RunStore,
    private readonly blobs: BlobStore,
    private readonly driver: RunDriver,
    private readonly announcer: RoundAnnouncer,
  ) {}

  /** @throws CodedError `run.taken`, `plan.model`, `plan.quorum` */
  async create(request: RunPlanRequest): Promise<StoredRun> {
    const { plan, tensors } = prepare(request);
    checkQuorum(plan);
    const root = toHex(tensorRoot(nodeCrypto, tensorBytes(tensors)));
    const [planBlob, modelBlob] = await Promise.all([this.blobs.put(encodePlan(plan)), this.blobs.put(encodeSafetensors(tensors))]);
    const artifact = { sha256: modelBlob.sha256, tensorRoot: root, bytes: modelBlob.bytes };
    const rules = {
      rounds: plan.rounds,
      quorum: plan.policy.quorum,
      retries: plan.policy.retries,
      centralEvaluation: plan.evaluation.central,
      federatedEvaluation: plan.evaluation.federated,
    };
    const { state, effects } = createRunState(rules, artifact);
    return this.ledger.write(async (write) => {
      if (await this.runs.lock(write.tx, plan.name)) {
        throw new CodedError('run.taken', `A run named ${plan.name} exists. Give this plan another name.`);
      }
      const { leafHash } = await write.acceptSigned('run.create', {
        run: plan.name,
        plan: { sha256: planBlob.sha256, bytes: planBlob.bytes },
        initial: artifact,
        retention: retention(plan),
      });
      const stored: StoredRun = {
        run: plan.name, status: 'pending', planSha256: planBlob.sha256, createLeaf: leafHash, rounds: plan.rounds,
        createdAtMs: this.announcer.clock.nowMs(), endedAtMs: null, reason: null, state,
      };
      await this.runs.create(write.tx, stored);
      write.afterCommit(() => this.announcer.events.publish({ name: 'run.created.v1', data: { run: plan.name, rounds: plan.rounds } }));
      await this.driver.start(write, stored, effects);
      return stored;
    });
  }
}

/** The plan as it is sealed, with its layers, and the model that it begins with. */
function prepare(request: RunPlanRequest): { plan: RunPlan; tensors: Tensor[] } {
  try {
    const plan = { ...request, model: resolvePreset(request.model) };
    return { plan, tensors: initialTensors(plan.model, plan.seed) };
  } catch (error) {
    if (error instanceof ModelError) throw new CodedError('plan.model', `The plan's model cannot be built: ${error.message}`, { cause: error });
    throw error;
  }
}

function retention(plan: RunPlan): { updates: 'all' | 'last' | 'hashes'; rounds: number } {
  if (typeof plan.retention === 'string') return { updates: plan.retention, rounds: 0 };
  return { updates: 'last', rounds: plan.retention.lastRounds };
}
