import { fileURLToPath } from 'node:url';
import { Worker as Thread } from 'node:worker_threads';
import type { BackendChoice } from '../config/arguments.js';
import type { Dataset } from '../data/dataset.js';
import type { EvaluateJob, Evaluation, TrainJob, TrainProgress, TrainResult } from '../trainer/trainer.js';
import { WorkerError } from '../worker-error.js';
import { Limit } from './limit.js';
import type { ThreadAnswer, ThreadData, ThreadRequest } from './thread-messages.js';

/** src/ and dist/ lie side by side; a thread always runs what was built. */
const ENTRY = fileURLToPath(new URL('../../dist/simulation/training-thread.js', import.meta.url));

type Outcome = Extract<ThreadAnswer, { type: 'trained' | 'evaluated' }>;

interface Seat {
  readonly thread: Thread;
  busy: { readonly id: number; readonly onProgress: (progress: TrainProgress) => void; settle(answer: Outcome | Error): void } | undefined;
}

/**
 * Threads that train, each with a backend of its own, over one data set in shared memory. A job runs on one thread from its first
 * step to its last, so its result does not depend on how many there are.
 */
export class TrainingPool {
  readonly backend: string;
  readonly reason: string;
  readonly #seats: readonly Seat[];
  readonly #limit: Limit;
  #next = 0;

  private constructor(threads: readonly Thread[], opened: { readonly backend: string; readonly reason: string }) {
    this.#seats = threads.map((thread) => ({ thread, busy: undefined }));
    this.#limit = new Limit(threads.length);
    this.backend = opened.backend;
    this.reason = opened.reason;
    for (const seat of this.#seats) {
      seat.thread.on('message', (answer: ThreadAnswer) => this.#receive(seat, answer));
      seat.thread.on('error', (error) => seat.busy?.settle(error));
      seat.thread.on('exit', () => seat.busy?.settle(new WorkerError('trainer.closed', 'The training thread ended while it worked.')));
    }
  }

  /** @throws WorkerError `backend.unavailable` */
  static async open(dataset: Dataset, backend: BackendChoice, threads: number): Promise<TrainingPool> {
    const data: ThreadData = { dataset: inSharedMemory(dataset), backend };
    const started = Array.from({ length: threads }, () => new Thread(ENTRY, { workerData: data, execArgv: [] }));
    try {
      const [first] = await Promise.all(started.map(firstWord));
      return new TrainingPool(started, first!);
    } catch (error) {
      await Promise.all(started.map((thread) => thread.terminate()));
      throw error;
    }
  }

  /**
   * @param part undefined: the whole data set
   * @throws WorkerError of the trainer; the signal's reason
   */
  async train(job: TrainJob, part: Uint32Array | undefined, onProgress: (progress: TrainProgress) => void, signal: AbortSignal): Promise<TrainResult> {
    const answer = await this.#perform((id) => ({ type: 'train', id, job, part }), onProgress, signal);
    return (answer as Extract<Outcome, { type: 'trained' }>).result;
  }

  /** @param part undefined: the whole data set */
  async evaluate(job: EvaluateJob, part: Uint32Array | undefined, signal: AbortSignal): Promise<Evaluation> {
    const answer = await this.#perform((id) => ({ type: 'evaluate', id, job, part }), () => undefined, signal);
    return (answer as Extract<Outcome, { type: 'evaluated' }>).evaluation;
  }

  async close(): Promise<void> {
    await Promise.all(this.#seats.map(({ thread }) => thread.terminate()));
  }

  #perform(request: (id: number) => ThreadRequest, onProgress: (progress: TrainProgress) => void, signal: AbortSignal): Promise<Outcome> {
    return this.#limit.run(async () => {
      const seat = this.#seats.find(({ busy }) => busy === undefined)!;
      const id = (this.#next += 1);
      const cancel = () => seat.thread.postMessage({ type: 'cancel', id } satisfies ThreadRequest);
      try {
        return await new Promise<Outcome>((resolve, reject) => {
          seat.busy = { id, onProgress, settle: (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)) };
          signal.addEventListener('abort', cancel, { once: true });
          seat.thread.postMessage(request(id));
        });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
        seat.busy = undefined;
      }
    }, signal);
  }

  #receive({ busy }: Seat, answer: ThreadAnswer): void {
    if (busy === undefined || answer.type === 'open' || answer.id !== busy.id) return;
    if (answer.type === 'progress') busy.onProgress(answer.progress);
    else busy.settle(answer.type === 'failed' ? new WorkerError(answer.code, answer.message) : answer);
  }
}

function firstWord(thread: Thread): Promise<{ backend: string; reason: string }> {
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.once('message', (answer: ThreadAnswer) => {
      thread.off('error', reject);
      if (answer.type === 'open') resolve(answer);
      else if (answer.type === 'failed') reject(new WorkerError(answer.code, answer.message));
    });
  });
}

function inSharedMemory(dataset: Dataset): Dataset {
  const { images, labels } = dataset;
  return { ...dataset, images: images instanceof Uint8Array ? sharedBytes(images) : sharedFloats(images), labels: sharedBytes(labels) };
}

function sharedBytes(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}

function sharedFloats(values: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
