import type { Dataset } from '../data/dataset.js';
import { candidatesOf, chooseBackend, type BackendChoice } from './backends/choose-backend.js';
import { TfjsTrainer } from './tfjs-trainer.js';
import type { Trainer } from './trainer.js';

/**
 * A trainer on this data set with the backend that was asked for.
 * @param packageFolder where @tensorflow/tfjs-node lies, when that is not the worker's own installation
 * @throws WorkerError `backend.unavailable`
 */
export async function createTrainer(dataset: Dataset, choice: BackendChoice, packageFolder?: string): Promise<Trainer> {
  return new TfjsTrainer(await chooseBackend(choice, candidatesOf(choice, packageFolder)), dataset);
}
