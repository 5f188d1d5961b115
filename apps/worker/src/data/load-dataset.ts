import { readdir } from 'node:fs/promises';
import { WorkerError } from '../worker-error.js';
import { selectExamples, type Dataset } from './dataset.js';
import { decodeImages } from './decode-images.js';
import { listImageFolder } from './list-image-folder.js';
import { partition, type Partition } from './partition.js';
import { readCsv, type CsvChoice } from './read-csv.js';
import { readMnistFolder, type Split } from './read-mnist-folder.js';
import { drawDigits, planDigits } from './synthetic-digits.js';

/** A worker's data as its flags describe it. */
export interface DatasetSpec extends CsvChoice {
  /** `synthetic`, a folder with IDX files or with a folder of images for each class, or a CSV file. */
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

/** A data set whose images are made, decoded or copied only for the examples that are kept. */
interface Source {
  readonly labels: Uint8Array;
  select(indices: Uint32Array): Dataset | Promise<Dataset>;
}

async function openSource(spec: DatasetSpec): Promise<Source> {
  const { source, split, examples, seed } = spec;
  if (source === 'synthetic') {
    const plan = planDigits(examples ?? SYNTHETIC_EXAMPLES[split], seed, split);
    return { labels: plan.labels, select: (indices) => drawDigits(plan, indices) };
  }
  if (/\.(csv|tsv)(\.gz)?$/i.test(source)) return firstOf(await readCsv(source, spec), examples);
  if (await hasIdxFiles(source)) {
    refuseImageOptions(spec);
    return firstOf(await readMnistFolder(source, split), examples);
  }
  return openImageFolder(spec);
}

function firstOf(whole: Dataset, examples = whole.count): Source {
  return { labels: whole.labels.subarray(0, examples), select: (indices) => selectExamples(whole, indices) };
}

/** Without `examples`, all; else every k-th, since a folder lists one class after the other. */
async function openImageFolder({ source, split, examples, imageSize, classes }: DatasetSpec): Promise<Source> {
  const list = await listImageFolder(source, split, classes);
  const total = list.files.length;
  const kept = Math.min(examples ?? total, total);
  const index = (at: number) => Math.floor((at * total) / kept);
  const labels = Uint8Array.from({ length: kept }, (_, at) => list.labels[index(at)]!);
  return {
    labels,
    select: async (indices) => {
      const files = Array.from(indices, (at) => list.files[index(at)]!);
      const { classNames } = list;
      return {
        ...(await decodeImages(files, imageSize)),
        labels: Uint8Array.from(indices, (at) => labels[at]!),
        count: files.length, classes: list.classes, ...(classNames ? { classNames } : {}),
      };
    },
  };
}

/** A folder that means to hold them: with one of the four missing, the message should be about that one. */
async function hasIdxFiles(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => /-idx[13]-ubyte(\.gz)?$/.test(name));
}

function refuseImageOptions({ source, imageSize }: DatasetSpec): void {
  if (imageSize === undefined) return;
  throw new WorkerError('data.image-size', `The IDX files in ${source} say their own size; leave --image-size out, or give --data a folder of images or a CSV file.`);
}

function everything(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}
