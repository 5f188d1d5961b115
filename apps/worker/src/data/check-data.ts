import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { elementCount } from '@fedseal/model/tensors';
import { resolveLayers } from '@fedseal/model/layers/resolve-layers';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { WorkerError } from '../worker-error.js';
import { imageSize, type Dataset } from './dataset.js';

/** Something that a person may have meant so, or not. */
export interface DataWarning {
  readonly code: string;
  readonly message: string;
}

/** Classes that a sentence names before it goes over to counting. */
const NAMED_CLASSES = 5;

/**
 * Looks a data set over before anything is trained on it.
 * @returns what may be wrong: `data.class-missing`, `data.blank`
 * @throws WorkerError for what is: `data.empty`, `data.label`, `data.constant`
 */
export function checkDataset(dataset: Dataset): DataWarning[] {
  const { count, classes } = dataset;
  if (count === 0) throw new WorkerError('data.empty', 'There are no examples; give --data a set that has some, or a larger part of it.');
  const counts = countClasses(dataset);
  if (count > 1 && isConstant(dataset)) {
    throw new WorkerError('data.constant', `All ${count} examples are the same, so there is nothing to learn from; check the files behind --data.`);
  }
  const warnings: DataWarning[] = [];
  const missing = Array.from({ length: classes }, (_, label) => label).filter((label) => counts[label] === 0);
  if (missing.length > 0) {
    warnings.push({ code: 'data.class-missing', message: `${missing.length} of ${classes} classes have no example here: ${naming(missing, dataset)}.` });
  }
  const blank = countBlank(dataset);
  if (blank > 0) {
    warnings.push({ code: 'data.blank', message: `${blank} of ${count} images are of one single value, so nothing can be seen on them.` });
  }
  return warnings;
}

/**
 * Holds a data set to a run's model and training before a model is fetched.
 * @returns what may be wrong: `data.below-batch`
 * @throws WorkerError `data.shape`, `data.classes`; ModelError where the layers do not fit together
 */
export function checkFit({ shape, count, classes }: Pick<Dataset, 'shape' | 'count' | 'classes'>, model: ModelSpec, training: TrainingSpec): DataWarning[] {
  const wanted = model.inputShape;
  const size = imageSize({ shape });
  const fits = wanted.length === 1 ? wanted[0] === size : wanted.join() === shape.join();
  if (!fits) {
    const advice = wanted.length === 3 ? `give --image-size ${wanted.join('x')}, or --data a set that fits the run` : 'give --data a set that fits the run';
    throw new WorkerError('data.shape', `The model takes inputs of [${wanted.join(', ')}] and these examples are [${shape.join(', ')}]; ${advice}.`);
  }
  const told = elementCount(resolveLayers(model).at(-1)?.outputShape ?? []);
  if (classes > told) {
    throw new WorkerError('data.classes', `The data has labels up to ${classes - 1} and the model tells ${told} classes apart; give --data a set that fits the run.`);
  }
  if (count >= training.batchSize) return [];
  return [{ code: 'data.below-batch', message: `The plan's batch is ${training.batchSize} and there are ${count} examples, so each epoch is one smaller batch.` }];
}

function countClasses({ labels, classes }: Dataset): Uint32Array {
  const counts = new Uint32Array(classes);
  for (const label of labels) {
    if (label >= classes) throw new WorkerError('data.label', `A label is ${label} and there are ${classes} classes, counted from 0; correct the labels.`);
    counts[label]!++;
  }
  return counts;
}

/** Whether every example equals the first. */
function isConstant(dataset: Dataset): boolean {
  const { images } = dataset;
  const size = imageSize(dataset);
  for (let i = size; i < images.length; i++) if (images[i] !== images[i - size]) return false;
  return true;
}

function countBlank(dataset: Dataset): number {
  const { images, count } = dataset;
  const size = imageSize(dataset);
  if (size === 1) return 0;
  let blank = 0;
  for (let start = 0; start < count * size; start += size) {
    let at = start + 1;
    while (at < start + size && images[at] === images[start]) at++;
    if (at === start + size) blank++;
  }
  return blank;
}

function naming(labels: readonly number[], { classNames }: Dataset): string {
  const names = labels.slice(0, NAMED_CLASSES).map((label) => classNames?.[label] ?? String(label));
  const rest = labels.length - names.length;
  return names.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
