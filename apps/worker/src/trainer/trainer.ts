import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import type { Tensor } from '@fedseal/model/tensors';
import type { TrainingSpec } from '@fedseal/protocol/plan';

/** Trains and measures models on one worker's data set. The data stays inside; weights and figures come out. */
export interface Trainer {
  /** What computes: `wasm`, `webgpu`, `tfjs-node`, `tfjs-node-gpu` or `cpu`. */
  readonly backend: string;
  /** Why this one, and why each one tried before it was not available: one line. */
  readonly reason: string;

  /**
   * `training.epochs` passes over the data set from the base model, in an order that follows from `seed` alone.
   * @throws WorkerError `model.*`, `data.*` for a model that does not fit the data, `update.*` for an update out of bound
   * or not finite; the signal's reason when called off
   */
  train(job: TrainJob, onProgress: (report: TrainProgress) => void, signal: AbortSignal): Promise<TrainResult>;

  /** @throws WorkerError `model.*`, `data.*` */
  evaluate(job: EvaluateJob): Promise<Evaluation>;

  /** Frees what is held. Work under way ends with an error. */
  close(): void;
}

export interface EvaluateJob {
  readonly model: ModelSpec;
  readonly training: TrainingSpec;
  readonly base: readonly Tensor[];
}

export interface TrainJob extends EvaluateJob {
  /** Of the shuffle: an integer in 0 … 2^32 − 1. */
  readonly seed: number;
  /** Greatest |Δ| the round accepts, for trainable tensors. */
  readonly bound: number;
  /** μ of FedProx' proximal term, ≥ 0 (`withProximalTerm`); absent or 0 trains on the data's loss alone, to the bit. */
  readonly proximalMu?: number;
}

/** A report on the way; loss and accuracy are means over this epoch so far. */
export interface TrainProgress {
  /** Share of all steps, 0 … 1. */
  readonly done: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

export interface TrainResult {
  /** Δ = fround(w − base), with the base's names, shapes and order. */
  readonly deltas: Tensor[];
  /** Examples in the data set: what weighs this update. */
  readonly examples: number;
  /** Means over the last epoch, measured while training. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

export interface Evaluation {
  /** Mean cross-entropy. */
  readonly loss: number;
  readonly accuracy: number;
  readonly examples: number;
}
