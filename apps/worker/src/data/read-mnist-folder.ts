import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerError } from '../worker-error.js';
import type { Dataset } from './dataset.js';
import { readIdx } from './read-idx.js';

export type Split = 'train' | 'test';

/** Names as MNIST, Fashion-MNIST and EMNIST publish them. */
const STEMS: Record<Split, string> = { train: 'train', test: 't10k' };

/**
 * A folder with MNIST's four IDX files, each plain or `.gz`: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
 * `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`.
 * @throws WorkerError `data.missing`, `data.unreadable`, `data.count`, `data.empty`, and those of `readIdx`
 */
export async function readMnistFolder(folder: string, split: Split): Promise<Dataset> {
  const imagesFile = await readEither(folder, `${STEMS[split]}-images-idx3-ubyte`);
  const labelsFile = await readEither(folder, `${STEMS[split]}-labels-idx1-ubyte`);
  const { sizes, data: images } = readIdx(imagesFile.bytes, imagesFile.path, 3);
  const { data: labels } = readIdx(labelsFile.bytes, labelsFile.path, 1);
  const [count, height, width] = sizes as [number, number, number];
  if (count !== labels.length) {
    throw new WorkerError('data.count', `${folder} has ${count} ${split} images and ${labels.length} labels; fetch both files from one source.`);
  }
  if (images.length === 0) throw new WorkerError('data.empty', `${imagesFile.path} holds no images; give a folder with a data set.`);
  return { images, labels, shape: [height, width, 1], count, classes: greatest(labels) + 1 };
}

async function readEither(folder: string, name: string): Promise<{ path: string; bytes: Uint8Array }> {
  for (const file of [name, `${name}.gz`]) {
    const path = join(folder, file);
    try {
      return { path, bytes: await readFile(path) };
    } catch (cause) {
      const { code } = cause as { code?: unknown };
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      throw new WorkerError('data.unreadable', `${path} cannot be read (${String(code)}); give this user access to it.`, { cause });
    }
  }
  throw new WorkerError('data.missing', `${folder} has no ${name} or ${name}.gz; give --data a folder with MNIST's IDX files, or "synthetic".`);
}

/** Not `Math.max(...labels)`: a data set has more labels than a call takes arguments. */
function greatest(labels: Uint8Array): number {
  let most = 0;
  for (const label of labels) if (label > most) most = label;
  return most;
}
