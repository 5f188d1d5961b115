import { toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import type { EvaluateRequest } from '@fedseal/protocol/worker-messages';
import type { Artifacts } from '../coordinator/artifacts.js';
import { metricsText } from '../rounds/decimal-text.js';
import type { RoundProgress } from '../rounds/round-progress.js';
import type { Trainer } from '../trainer/trainer.js';

export interface EvaluationParts {
  readonly chain: string;
  readonly signer: Signer;
  readonly crypto: Crypto;
  readonly artifacts: Artifacts;
  readonly trainer: Trainer;
  readonly commitment: string;
  readonly progress: RoundProgress;
}

export interface FinishedEvaluation {
  readonly leaf: Uint8Array;
  readonly leafHash: string;
  readonly loss: number;
  readonly accuracy: number;
  readonly examples: number;
}

/** Measures a model on this worker's data set and signs the result. @throws WorkerError `model.*`; the signal's reason */
export async function evaluateModel(
  parts: EvaluationParts,
  request: EvaluateRequest,
  signal: AbortSignal,
): Promise<FinishedEvaluation> {
  const { crypto, signer, progress } = parts;
  progress.phase(request, 'downloading');
  const tensors = await parts.artifacts.fetchModel(request.model, request.spec, signal);
  progress.phase(request, 'evaluating');
  const { loss, accuracy, examples } = await parts.trainer.evaluate({
    model: request.spec, training: request.training, base: tensors,
  });
  signal.throwIfAborted();
  const leaf = signLeaf('evaluation', {
    chain: parts.chain,
    run: request.run,
    round: request.round,
    model: request.model.sha256,
    evaluator: toHex(signer.keyId),
    dataset: { commitment: parts.commitment, examples },
    metrics: metricsText({ loss, accuracy }),
  }, [signer]);
  return { leaf, leafHash: toHex(leafHash(crypto, leaf)), loss, accuracy, examples };
}
