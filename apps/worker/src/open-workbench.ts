import type { BackendChoice, DataChoice } from './config/arguments.js';
import { loadDataset } from './data/load-dataset.js';
import type { Workbench } from './start-worker.js';
import { createTrainer } from './trainer/create-trainer.js';

/**
 * Loads the data and opens a backend, as the command line says. An evaluator measures on the test split unless told otherwise.
 * @param packageFolder where an optional backend's package lies, when that is not the worker's own installation
 * @throws WorkerError `data.*`, `backend.unavailable`
 */
export async function openWorkbench(
  data: DataChoice,
  backend: BackendChoice,
  role: 'contributor' | 'evaluator',
  packageFolder?: string,
): Promise<Workbench> {
  const dataset = await loadDataset({ ...data, split: data.split ?? (role === 'evaluator' ? 'test' : 'train') });
  return { trainer: await createTrainer(dataset, backend, packageFolder), dataset };
}
