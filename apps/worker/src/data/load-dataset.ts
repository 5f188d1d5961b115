import { WorkerError } from '../worker-error.js';
import { selectExamples, type Dataset } from './dataset.js';
import { partition, type Partition } from './partition.js';
import { readMnistFolder, type Split } from './read-mnist-folder.js';
import { drawDigits, planDigits } from './synthetic-digits.js';

/** A worker's data as its flags describe it. */
export interface DatasetSpec {
  /** `synthetic`, or a folder with IDX files. */
  readonly source: string;
  readonly split: Split;
  /** The first N of the whole set are used, before it is divided; for synthetic digits so many are made. */
  readonly examples?: number;
  readonly partition: Partition;
  /** Which part of how many: `index` counts from 0. Absent: everything. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** Of the synthetic digits and of the partition. */
  readonly seed: number;
}

/** Synthetic digits made when no number is given: enough to learn from, made in a second or two. */
export const SYNTHETIC_EXAMPLES: Record<Split, number> = { train: 8000, test: 2000 };

/**
 * Loads a worker's examples: the whole set, cut to `examples`, of which the worker's part is kept.
 * @throws WorkerError `data.*`, with a sentence that says what to do
 */
export async function loadDataset(spec: DatasetSpec): Promise<Dataset> {
  const { shard } = spec;
  if (shard && !(Number.isInteger(shard.index) && shard.index >= 0 && shard.index < shard.of)) {
    throw new WorkerError('data.shard', `There is no part ${shard.index + 1} of ${shard.of}; give --shard I/N with I from 1 to N.`);
  }
  const whole = await openSource(spec);
  const own = shard ? partition(whole.labels, spec.partition, shard.of, spec.seed)[shard.index]! : everything(whole.labels.length);
  return whole.select(own);
}

/** A data set whose images are made or copied only for the examples that are kept. */
interface Source {
  readonly labels: Uint8Array;
  select(indices: Uint32Array): Dataset;
}

async function openSource({ source, split, examples, seed }: DatasetSpec): Promise<Source> {
  if (source === 'synthetic') {
    const plan = planDigits(examples ?? SYNTHETIC_EXAMPLES[split], seed, split);
    return { labels: plan.labels, select: (indices) => drawDigits(plan, indices) };
  }
  const whole = await readMnistFolder(source, split);
  return {
    labels: whole.labels.subarray(0, examples ?? whole.count),
    select: (indices) => selectExamples(whole, indices),
  };
}

function everything(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}
