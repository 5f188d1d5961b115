import type { BackendChoice } from '../config/arguments.js';
import type { Dataset } from '../data/dataset.js';
import { TrainingPool } from '../simulation/training-pool.js';
import { WorkerError } from '../worker-error.js';
import { EVALUATION_BATCH } from './tfjs-trainer.js';
import type { EvaluateJob, Evaluation, TrainJob, TrainProgress, TrainResult, Trainer } from './trainer.js';

/**
 * A trainer whose work is done by threads, each with a single-threaded backend of its own, over one copy of the data.
 *
 * Its results are those of one thread, to the bit, whatever the number: a training is a chain of steps and stays on one thread
 * from the first to the last; an evaluation's batches are spread over all, and their figures summed in the order of the batches.
 */
export class ParallelTrainer implements Trainer {
  readonly backend: string;
  readonly reason: string;
  readonly #closed = new AbortController();

  private constructor(
    private readonly pool: TrainingPool,
    private readonly count: number,
    threads: number,
  ) {
    this.backend = pool.backend;
    this.reason = `${pool.reason}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  /**
   * @param choice `auto` takes WASM
   * @throws WorkerError `usage.parallel` for a backend that keeps a machine busy by itself; `backend.unavailable`
   */
  static async open(dataset: Dataset, choice: BackendChoice, threads: number): Promise<ParallelTrainer> {
    if (choice === 'webgpu' || choice === 'tfjs-node') {
      throw new WorkerError('usage.parallel', `--parallel is for the backends wasm and cpu, which compute on one thread; ${choice} keeps the machine busy by itself.`);
    }
    const pool = await TrainingPool.open(dataset, choice === 'auto' ? 'wasm' : choice, threads);
    return new ParallelTrainer(pool, dataset.count, threads);
  }

  async train(job: TrainJob, onProgress: (report: TrainProgress) => void, signal: AbortSignal): Promise<TrainResult> {
    this.#closed.signal.throwIfAborted();
    return this.pool.train(job, undefined, onProgress, AbortSignal.any([signal, this.#closed.signal]));
  }

  async evaluate(job: EvaluateJob): Promise<Evaluation> {
    this.#closed.signal.throwIfAborted();
    const batches = await Promise.all(this.#batches().map((part) => this.pool.evaluate(job, part, this.#closed.signal)));
    let loss = 0;
    let correct = 0;
    for (const batch of batches) {
      loss += batch.loss * batch.examples;
      // A whole number divided by a whole number and multiplied again may miss it by an ulp.
      correct += Math.round(batch.accuracy * batch.examples);
    }
    return { loss: loss / this.count, accuracy: correct / this.count, examples: this.count };
  }

  close(): void {
    this.#closed.abort(new WorkerError('trainer.closed', 'The trainer was closed while it worked: start the work again.'));
    // Threads end by themselves; nobody waits for that.
    this.pool.close().catch(() => undefined);
  }

  #batches(): Uint32Array[] {
    return Array.from({ length: Math.ceil(this.count / EVALUATION_BATCH) }, (_, batch) => {
      const start = batch * EVALUATION_BATCH;
      return Uint32Array.from({ length: Math.min(EVALUATION_BATCH, this.count - start) }, (_each, i) => start + i);
    });
  }
}
