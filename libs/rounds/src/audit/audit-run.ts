import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import { ModelError } from '@fedseal/model/model-error';
import { elementCount } from '@fedseal/model/tensors';
import { checkRebuilt } from './audit-model.js';
import { readPlan, type AuditedPlan } from './audit-plan.js';
import type { BlobSource } from './blob-source.js';

/**
 * Reads a run's plan, holds `run.create` to it and generates the initial model again.
 * @throws ChainError `audit.plan`, `audit.name`, `audit.retention`, `audit.initial-model`, `audit.blob-*`, `audit.file`
 */
export async function auditRun(crypto: Crypto, blobs: BlobSource, created: Payload<'run.create'>): Promise<AuditedPlan> {
  const { run, retention, initial } = created;
  const plan = readPlan(await blobs.sealed(created.plan, `plan of ${run}`));
  if (plan.name !== run) throw new ChainError('audit.name', `The plan of ${run} is the plan of ${plan.name}.`);
  if (retention.updates !== plan.retention.updates || retention.rounds !== plan.retention.rounds) {
    throw new ChainError('audit.retention', `The run ${run} seals another retention of updates than its plan says.`);
  }
  const what = `The initial model of ${run}`;
  const stored = await blobs.required(initial.sha256, `initial model of ${run}`);
  // Before anything is generated: a plan may ask for more than memory holds.
  if (4 * countElements(plan) > stored.length) throw new ChainError('audit.initial-model', `${what} is smaller than the one its plan gives.`);
  checkRebuilt(crypto, initialTensors(plan.model, plan.seed), { stored, sealed: initial, rule: 'audit.initial-model', what });
  return plan;
}

function countElements(plan: AuditedPlan): number {
  try {
    return tensorSpecs(plan.model).reduce((count, { shape }) => count + elementCount(shape), 0);
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new ChainError('audit.plan', `The sealed plan's model cannot be built: ${cause.message}`, {}, { cause });
  }
}

/** @throws ChainError `audit.rounds` */
export function auditRunEnd(ended: Payload<'run.end'>, plan: AuditedPlan): void {
  if (ended.outcome === 'completed' && ended.rounds !== plan.rounds) {
    throw new ChainError('audit.rounds', `The run ${ended.run} is called completed after ${ended.rounds} of ${plan.rounds} rounds.`);
  }
}
