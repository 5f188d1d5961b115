import { toBase64url, toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import type { Head, RoundInvite } from '@fedseal/protocol/worker-messages';
import type { Artifacts } from '../coordinator/artifacts.js';
import type { History } from '../history/history.js';
import type { FinishedUpdate } from '../home/outbox.js';
import type { Trainer, TrainResult } from '../trainer/trainer.js';
import { WorkerError } from '../worker-error.js';
import { metricsText } from './decimal-text.js';
import type { FitCheck } from './fit-check.js';
import type { RoundProgress } from './round-progress.js';
import { shuffleSeed } from './shuffle-seed.js';
import { packTensors } from './tensor-file.js';

export interface TrainingParts {
  readonly chain: string;
  readonly signer: Signer;
  readonly crypto: Crypto;
  readonly history: History;
  readonly artifacts: Artifacts;
  readonly trainer: Trainer;
  /** Examples this worker trains on: declared in every commit. */
  readonly examples: number;
  readonly progress: RoundProgress;
  readonly nowMs: () => number;
  /** Absent: only the trainer looks whether the model fits the data. */
  readonly check?: FitCheck;
}

/**
 * One round from the invitation to a signed commit: verify the history, fetch the base model, train, sign.
 * @throws WorkerError `history.*`, `model.*`, `data.*`, `examples.over-cap`; the signal's reason when the work was called off
 */
export async function trainRound(
  parts: TrainingParts,
  invite: RoundInvite,
  signal: AbortSignal,
): Promise<{ update: FinishedUpdate; file: Uint8Array }> {
  const { crypto, signer, trainer, progress } = parts;
  if (parts.examples > invite.examplesCap) {
    throw new WorkerError(
      'examples.over-cap',
      `The plan takes at most ${invite.examplesCap} examples from a contributor and this worker has ${parts.examples}; ` +
        `start it with --examples ${invite.examplesCap}.`,
    );
  }
  parts.check?.demand(invite);
  progress.phase(invite, 'downloading');
  const seen = await parts.history.follow(invite.head, signal);
  const base = await parts.artifacts.fetchModel(invite.base, invite.model, signal);
  progress.phase(invite, 'training');
  const job = {
    model: invite.model,
    training: invite.training,
    base,
    seed: shuffleSeed(crypto, invite.seed, signer.keyId, invite.run, invite.round),
    bound: invite.bound,
    ...(invite.terms?.proximalMu === undefined ? {} : { proximalMu: Number(invite.terms.proximalMu) }),
  };
  const result = await trainer.train(job, (report) => progress.training(invite, report), signal);
  signal.throwIfAborted();
  return signUpdate(parts, invite, seen, result);
}

function signUpdate(
  parts: TrainingParts,
  invite: RoundInvite,
  seen: Head,
  result: TrainResult,
): { update: FinishedUpdate; file: Uint8Array } {
  const { crypto, signer } = parts;
  const { run, round, attempt } = invite;
  const { file, artifact } = packTensors(crypto, result.deltas);
  const metrics = metricsText({ loss: result.loss, accuracy: result.accuracy, imagesPerSecond: result.imagesPerSecond });
  const leaf = signLeaf('update.commit', {
    chain: parts.chain, run, round, attempt,
    contributor: toHex(signer.keyId),
    base: invite.base.sha256,
    update: artifact,
    examples: result.examples,
    metrics,
    seen,
  }, [signer]);
  const update: FinishedUpdate = {
    run, round, attempt,
    base: invite.base.sha256,
    update: artifact,
    examples: result.examples,
    leaf: toBase64url(leaf),
    leafHash: toHex(leafHash(crypto, leaf)),
    finishedAtMs: parts.nowMs(),
    delivered: false,
  };
  return { update, file };
}
