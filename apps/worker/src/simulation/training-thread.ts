import { parentPort, workerData } from 'node:worker_threads';
import { selectExamples } from '../data/dataset.js';
import { chooseBackend } from '../trainer/backends/choose-backend.js';
import { TfjsTrainer } from '../trainer/tfjs-trainer.js';
import type { TrainProgress } from '../trainer/trainer.js';
import { describeError, WorkerError } from '../worker-error.js';
import type { ThreadAnswer, ThreadData, ThreadRequest } from './thread-messages.js';

/** Entry of a thread that trains one member after the other on its part of a data set that all threads share. */

const port = parentPort!;
const { dataset, backend } = workerData as ThreadData;
const answer = (message: ThreadAnswer, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const opened = await chooseBackend(backend).catch((error: unknown) => {
  answer({ type: 'failed', id: undefined, ...describeError(error) });
  return undefined;
});

/** The request under way. */
let current: { readonly id: number; readonly abort: AbortController } | undefined;

if (opened) {
  port.on('message', (request: ThreadRequest) => {
    if (request.type === 'cancel') {
      if (current?.id === request.id) current.abort.abort(new WorkerError('training.cancelled', 'The training was called off.'));
      return;
    }
    const abort = new AbortController();
    current = { id: request.id, abort };
    perform(request, abort.signal).catch((error: unknown) => answer({ type: 'failed', id: request.id, ...describeError(error) }));
  });
  answer({ type: 'open', backend: opened.name, reason: opened.reason });
}

async function perform(request: Exclude<ThreadRequest, { type: 'cancel' }>, signal: AbortSignal): Promise<void> {
  const { id, part } = request;
  const trainer = new TfjsTrainer(opened!, part === undefined ? dataset : selectExamples(dataset, part));
  try {
    if (request.type === 'evaluate') {
      answer({ type: 'evaluated', id, evaluation: await trainer.evaluate(request.job) });
      return;
    }
    const onProgress = (progress: TrainProgress) => answer({ type: 'progress', id, progress });
    const result = await trainer.train(request.job, onProgress, signal);
    answer({ type: 'trained', id, result }, result.deltas.map(({ data }) => data.buffer as ArrayBuffer));
  } finally {
    trainer.close();
  }
}

