import type { ModelSpec } from '@fedseal/protocol/plan';
import type { EvaluateJob, Evaluation, TrainJob, TrainProgress, TrainResult, Trainer } from '../trainer/trainer.js';

/** Small enough to look at: kernel [4, 3] and bias [3]. */
export const tinyModel: ModelSpec = {
  name: 'tiny', inputShape: [4], layers: [{ type: 'dense', units: 3, activation: 'softmax' }],
};

export const tinyDataset = {
  images: Uint8Array.from({ length: 8 * 4 }, (_, i) => i), labels: Uint8Array.from([0, 1, 2, 0, 1, 2, 0, 1]),
  shape: [2, 2, 1] as const, count: 8, classes: 3,
};

/** What a contributor with a hold-out measures with. */
export const heldDataset = {
  images: Uint8Array.from({ length: 2 * 4 }, (_, i) => 100 + i), labels: Uint8Array.from([2, 1]), shape: [2, 2, 1] as const, count: 2, classes: 3,
};

/** The port's other implementation: adds 1/2 to every weight, and can be held in the middle of it. */
export class StubTrainer implements Trainer {
  readonly backend = 'stub';
  readonly reason = 'chosen by the test';
  readonly jobs: TrainJob[] = [];
  aborted = 0;
  closed = false;
  private gate: Promise<void> | undefined;
  private readonly started: (() => void)[] = [];

  /** Trainings wait until the returned function is called. */
  hold(): () => void {
    let open: () => void = () => undefined;
    this.gate = new Promise((resolve) => { open = resolve; });
    return () => { this.gate = undefined; open(); };
  }

  /** Resolves when the `n`-th training of a round has begun. */
  async begun(n: number): Promise<void> {
    while (this.jobs.length < n) await new Promise<void>((resolve) => this.started.push(resolve));
  }

  async train(job: TrainJob, onProgress: (report: TrainProgress) => void, signal: AbortSignal): Promise<TrainResult> {
    const figures = { loss: 0.5, accuracy: 0.75, imagesPerSecond: 1234 };
    if (job.model.name === 'warm-up') return { deltas: [], examples: tinyDataset.count, ...figures };
    this.jobs.push(job);
    for (const tell of this.started.splice(0)) tell();
    onProgress({ done: 0.5, ...figures });
    if (this.gate) await Promise.race([this.gate, whenAborted(signal)]);
    if (signal.aborted) {
      this.aborted += 1;
      throw signal.reason;
    }
    const deltas = job.base.map(({ name, shape, data }) => ({ name, shape, data: data.map(() => 0.5) }));
    return { deltas, examples: tinyDataset.count, ...figures };
  }

  async evaluate(_: EvaluateJob): Promise<Evaluation> {
    return { loss: 0.25, accuracy: 0.875, examples: tinyDataset.count };
  }

  close(): void {
    this.closed = true;
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
