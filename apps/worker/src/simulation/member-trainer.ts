import type { EvaluateJob, Evaluation, TrainJob, TrainProgress, TrainResult, Trainer } from '../trainer/trainer.js';
import type { TrainingPool } from './training-pool.js';

/** One member's trainer: its part of the data, on whichever thread of the process is free. */
export class MemberTrainer implements Trainer {
  readonly backend: string;
  readonly reason: string;

  constructor(
    private readonly pool: TrainingPool,
    /** Undefined: the pool's whole data set. */
    private readonly part: Uint32Array | undefined,
    private readonly ended: AbortSignal,
  ) {
    this.backend = pool.backend;
    this.reason = pool.reason;
  }

  train(job: TrainJob, onProgress: (report: TrainProgress) => void, signal: AbortSignal): Promise<TrainResult> {
    return this.pool.train(job, this.part, onProgress, AbortSignal.any([signal, this.ended]));
  }

  evaluate(job: EvaluateJob): Promise<Evaluation> {
    return this.pool.evaluate(job, this.part, this.ended);
  }

  /** The pool is shared; its owner closes it. */
  close(): void {}
}
