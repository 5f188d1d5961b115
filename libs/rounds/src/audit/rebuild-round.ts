import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { ModelError } from '@fedseal/model/model-error';
import type { KeyWeight, ModelTensor, RoundCombiner, RoundResult } from '@fedseal/model/strategies/strategy';
import type { Tensor } from '@fedseal/model/tensors';
import { auditClosing, checkChoice, checkWeights, type Close, type Gathered } from './audit-closing.js';
import { checkRebuilt, faultOfModel, readArtifact } from './audit-model.js';
import { AuditedUpdates } from './audited-updates.js';
import type { BlobSource } from './blob-source.js';
import { checkState, stateBefore } from './server-state.js';

export interface OpenAttempt extends Gathered {
  readonly open: Payload<'round.open'>;
  readonly model: readonly ModelTensor[];
  /** Digest of the server's state after the round before; null before the first, or where none is kept. */
  readonly stateBefore: string | null;
  readonly commits: Map<string, Payload<'update.commit'>>;
  readonly accepted: Set<string>;
}

/**
 * Computes a round's model, weights and server state again from its stored base, updates and state before, and compares them with what is
 * sealed. One update is in memory at a time; rules that look at all of them side by side read them in stretches.
 * @returns `not-kept` when the plan's retention let updates go @throws ChainError `audit.*`
 */
export async function rebuildRound(
  crypto: Crypto,
  blobs: BlobSource,
  attempt: OpenAttempt,
  close: Close,
  keepsUpdates: boolean,
): Promise<'reproduced' | 'not-kept'> {
  const { strategy, open, model, commits } = attempt;
  const declared = auditClosing(crypto, attempt, close);
  const stored = {
    weights: await blobs.sealed(close.weights, `weights of round ${close.round}`),
    base: await blobs.required(open.base.sha256, `base model of round ${close.round}`),
    model: await blobs.required(close.model.sha256, `model of round ${close.round}`),
  };
  const base = readArtifact(crypto, stored.base, open.base, `The base of round ${close.round}`);
  const initial = strategy.initialState(model);
  const combiner = strategy.begin({ model, grid: close.grid, state: await stateBefore(blobs, initial, attempt.stateBefore) });
  const complete = await foldAll(crypto, blobs, attempt, declared, combiner, keepsUpdates);
  const what = `The model of round ${close.round}`;
  if (!complete) {
    (strategy.chooses ? checkChoice : checkWeights)(declared, stored.weights, close);
    const fault = faultOfModel(base, readArtifact(crypto, stored.model, close.model, what));
    if (fault !== undefined) throw new ChainError('audit.file', `${what} is no model over its base's tensors: ${fault}.`);
    await checkState(crypto, blobs, close, initial, undefined);
    return 'not-kept';
  }
  const updates = new AuditedUpdates(crypto, blobs, (commit) => commits.get(commit)!.update.sha256);
  const result = await finish(() => combiner.finish(base, updates), base, initial, close.round);
  checkWeights(result.weights, stored.weights, close);
  checkRebuilt(crypto, result.model, { stored: stored.model, sealed: close.model, rule: 'audit.aggregate', what });
  await checkState(crypto, blobs, close, initial, result.state);
  return 'reproduced';
}

/** @returns whether all of them were there */
async function foldAll(
  crypto: Crypto,
  blobs: BlobSource,
  { commits }: OpenAttempt,
  declared: readonly KeyWeight[],
  combiner: RoundCombiner,
  keepsUpdates: boolean,
): Promise<boolean> {
  let complete = true;
  for (const { key, weight } of declared) {
    const { update } = commits.get(key)!;
    const bytes = keepsUpdates ? await blobs.required(update.sha256, `update ${key}`) : await blobs.optional(update.sha256);
    if (bytes === undefined) {
      complete = false;
      continue;
    }
    const deltas = readArtifact(crypto, bytes, update, `The update ${key}`);
    try {
      combiner.fold({ key, deltas, weight });
    } catch (error) {
      throw refused('audit.update', `The update ${key} was accepted but must be refused`, error);
    }
  }
  return complete;
}

async function finish(work: () => Promise<RoundResult>, base: readonly Tensor[], initial: readonly Tensor[], round: number): Promise<RoundResult> {
  const sentence = `Round ${round} must not have closed`;
  try {
    const result = await work();
    const fault = faultOfModel(base, result.model) ?? faultOfModel(initial, result.state);
    if (fault !== undefined) throw new ChainError('audit.aggregate', `${sentence}: what it gives is ${fault}.`);
    return result;
  } catch (error) {
    throw refused('audit.aggregate', sentence, error);
  }
}

/** A refusal by the model library is a lie of the leaf that says it was done. */
function refused(rule: string, sentence: string, error: unknown): unknown {
  return error instanceof ModelError ? new ChainError(rule, `${sentence}: ${error.message}`, {}, { cause: error }) : error;
}
