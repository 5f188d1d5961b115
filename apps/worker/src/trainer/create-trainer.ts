import type { Dataset } from '../data/dataset.js';
import { candidatesOf, chooseBackend, type BackendChoice } from './backends/choose-backend.js';
import { ParallelTrainer } from './parallel-trainer.js';
import { TfjsTrainer } from './tfjs-trainer.js';
import type { Trainer } from './trainer.js';

/** Where a trainer computes. */
export interface TrainerPlace {
  readonly backend: BackendChoice;
  /** Where @tensorflow/tfjs-node lies, when that is not the worker's own installation. */
  readonly packageFolder?: string;
  /** Threads that train beside this one; absent: this thread trains. */
  readonly threads?: number;
}

/**
 * A trainer on this data set with the backend that was asked for.
 * @throws WorkerError `backend.unavailable`, `usage.parallel`
 */
export async function createTrainer(dataset: Dataset, place: BackendChoice | TrainerPlace): Promise<Trainer> {
  const { backend, packageFolder, threads } = typeof place === 'string' ? { backend: place } as TrainerPlace : place;
  if (threads !== undefined) return ParallelTrainer.open(dataset, backend, threads);
  return new TfjsTrainer(await chooseBackend(backend, candidatesOf(backend, packageFolder)), dataset);
}
