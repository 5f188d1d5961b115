import type { Dataset } from '../data/dataset.js';
import { chooseBackend, type BackendChoice } from './backends/choose-backend.js';
import { TfjsTrainer } from './tfjs-trainer.js';
import type { Trainer } from './trainer.js';

/** A trainer on this data set with the backend that was asked for. @throws WorkerError `backend.unavailable` */
export async function createTrainer(dataset: Dataset, choice: BackendChoice): Promise<Trainer> {
  return new TfjsTrainer(await chooseBackend(choice), dataset);
}
