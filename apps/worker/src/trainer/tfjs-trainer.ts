import type { Dataset } from '../data/dataset.js';
import { WorkerError } from '../worker-error.js';
import type { OpenBackend } from './backends/backend.js';
import { BatchReader } from './batch-reader.js';
import { buildModel, type Network } from './build-model.js';
import { ModelSession } from './model-session.js';
import { createOptimizer } from './optimizers.js';
import { withProximalTerm } from './proximal-term.js';
import { RunningFigures } from './running-figures.js';
import { differences } from './differences.js';
import { SeededRandom } from '../data/seeded-random.js';
import type { EvaluateJob, Evaluation, Trainer, TrainJob, TrainProgress, TrainResult } from './trainer.js';

/** Examples a batch when nothing is learned from it: enough to keep any backend busy. */
export const EVALUATION_BATCH = 256;

/** The `Trainer` on TensorFlow.js. After every step the event loop gets its turn, so that sockets live. */
export class TfjsTrainer implements Trainer {
  readonly backend: string;
  readonly reason: string;
  readonly #closed = new AbortController();

  constructor(
    private readonly opened: OpenBackend,
    private readonly dataset: Dataset,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {
    this.backend = opened.name;
    this.reason = opened.reason;
  }

  async train(job: TrainJob, onProgress: (report: TrainProgress) => void, signal: AbortSignal): Promise<TrainResult> {
    const { training, base } = job;
    const network = await this.#prepare(job);
    const batches = new BatchReader(this.dataset, training.inputScale);
    const session = new ModelSession(network, base);
    const optimizer = withProximalTerm(createOptimizer(training), job.proximalMu ?? 0);
    const figures = new RunningFigures(this.monotonicMs);
    try {
      const steps = Math.ceil(this.dataset.count / training.batchSize);
      for (let epoch = 0; epoch < training.epochs; epoch++) {
        figures.beginEpoch();
        const order = new SeededRandom(job.seed, epoch).permutation(this.dataset.count);
        for (let step = 0; step < steps; step++) {
          const batch = batches.read(order.subarray(step * training.batchSize, (step + 1) * training.batchSize));
          figures.add(session.step(batch, optimizer), batch.count);
          await this.#turn(signal);
          const done = (epoch * steps + step + 1) / (training.epochs * steps);
          const seen = done === 1 ? await figures.read() : figures.isDue() ? await figures.glance() : undefined;
          if (seen) onProgress({ done, ...seen });
        }
      }
      const weights = await session.read();
      return { deltas: differences(base, weights, job.bound), examples: this.dataset.count, ...(await figures.read()) };
    } finally {
      await figures.dispose();
      optimizer.dispose();
      session.dispose();
    }
  }

  async evaluate(job: EvaluateJob): Promise<Evaluation> {
    const { count } = this.dataset;
    const network = await this.#prepare(job);
    const batches = new BatchReader(this.dataset, job.training.inputScale);
    const session = new ModelSession(network, job.base);
    const figures = new RunningFigures(this.monotonicMs);
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    try {
      figures.beginEpoch();
      for (let start = 0; start < count; start += EVALUATION_BATCH) {
        const batch = batches.read(order.subarray(start, start + EVALUATION_BATCH));
        figures.add(session.evaluate(batch), batch.count);
        await this.#turn();
        if (figures.isDue()) await figures.glance();
      }
      const { loss, accuracy } = await figures.read();
      return { loss, accuracy, examples: count };
    } finally {
      await figures.dispose();
      session.dispose();
    }
  }

  close(): void {
    this.#closed.abort(new WorkerError('trainer.closed', 'The trainer was closed while it worked: start the work again.'));
  }

  /** @throws WorkerError `data.shape`, `data.classes` where the model does not fit the data */
  async #prepare({ model }: EvaluateJob): Promise<Network> {
    this.#closed.signal.throwIfAborted();
    const network = buildModel(model);
    const { shape, classes } = this.dataset;
    const wanted = network.inputShape;
    const fits = wanted.length === 1 ? wanted[0] === shape[0] * shape[1] * shape[2] : wanted.join() === shape.join();
    if (!fits) {
      throw new WorkerError('data.shape', `The model takes inputs of [${wanted.join(', ')}] and these images are [${shape.join(', ')}]; give --data a set that fits the run.`);
    }
    if (classes > network.classes) {
      throw new WorkerError('data.classes', `The data has ${classes} classes and the model tells ${network.classes} apart; give --data a set that fits the run.`);
    }
    await this.opened.activate();
    return network;
  }

  /** Lets the event loop run, then ends what was called off. */
  async #turn(signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
  }
}
