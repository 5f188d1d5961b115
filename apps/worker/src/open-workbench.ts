import type { DataChoice } from './config/arguments.js';
import { checkDataset } from './data/check-data.js';
import { splitHoldOut } from './data/hold-out.js';
import { loadDataset } from './data/load-dataset.js';
import type { Workbench } from './start-worker.js';
import { createTrainer, type TrainerPlace } from './trainer/create-trainer.js';

/**
 * Loads the data, looks it over and opens a backend, as the command line says. An evaluator measures on the test split unless
 * told otherwise, and on all of it; a contributor may keep a hold-out.
 * @throws WorkerError `data.*`, `backend.unavailable`, `usage.parallel`
 */
export async function openWorkbench(
  data: DataChoice,
  place: TrainerPlace,
  role: 'contributor' | 'evaluator',
): Promise<Workbench> {
  const whole = await loadDataset({ ...data, split: data.split ?? (role === 'evaluator' ? 'test' : 'train') });
  const warnings = checkDataset(whole);
  const open = (dataset: typeof whole) => createTrainer(dataset, place);
  if (data.holdOut === undefined || role === 'evaluator') return { trainer: await open(whole), dataset: whole, warnings };
  const { train, held } = splitHoldOut(whole, data.holdOut, data.seed);
  return { trainer: await open(train), dataset: train, holdOut: { trainer: await open(held), dataset: held }, warnings };
}
