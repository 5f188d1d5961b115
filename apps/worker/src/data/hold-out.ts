import { WorkerError } from '../worker-error.js';
import { selectExamples, type Dataset } from './dataset.js';
import { SeededRandom } from './seeded-random.js';

/** Keeps this stream apart from others of the same seed. */
const PURPOSE = 4;

export interface HoldOutSplit {
  /** What is trained on. */
  readonly train: Dataset;
  /** What is never trained on: new models are measured with it. */
  readonly held: Dataset;
}

/**
 * Splits a worker's examples, stratified: sorted by class, each class shuffled by the seed, every (1 / share)-th is held out.
 * So each class gives its share within one example, and the same seed gives the same split after a restart.
 * @param share between 0 and 1; round(share · count) examples are held out, at least one
 * @throws WorkerError `data.hold-out` where nothing would be left to train on
 */
export function splitHoldOut(dataset: Dataset, share: number, seed: number): HoldOutSplit {
  const { count, labels } = dataset;
  const size = Math.max(1, Math.round(share * count));
  if (size >= count) {
    throw new WorkerError('data.hold-out', `Of ${count} examples, a hold-out of ${share} leaves none to train on; give more examples or a smaller --hold-out.`);
  }
  const sorted = new SeededRandom(seed, PURPOSE).permutation(count).sort((a, b) => labels[a]! - labels[b]!);
  const isHeld = new Uint8Array(count);
  for (let i = 0; i < size; i++) isHeld[sorted[Math.floor(((i + 0.5) * count) / size)]!] = 1;
  // In the order of the source, as a part without a hold-out is.
  const indices = (held: 0 | 1) => Array.from(isHeld.keys()).filter((index) => isHeld[index] === held);
  return { train: selectExamples(dataset, indices(0)), held: selectExamples(dataset, indices(1)) };
}
