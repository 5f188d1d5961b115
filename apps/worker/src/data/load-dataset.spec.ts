import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset } from './dataset.js';
import { idxFile } from './idx.testing.js';
import { loadDataset, type DatasetSpec } from './load-dataset.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'mnist-')); });
afterEach(() => rm(folder, { recursive: true }));

const labels = Uint8Array.from([3, 1, 4, 1, 5, 0]);
const images = Uint8Array.from({ length: 6 * 4 }, (_, index) => index);

async function writeSplit(stem: string, pack: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes, suffix = ''): Promise<void> {
  await writeFile(join(folder, `${stem}-images-idx3-ubyte${suffix}`), pack(idxFile([6, 2, 2], images)));
  await writeFile(join(folder, `${stem}-labels-idx1-ubyte${suffix}`), pack(idxFile([6], labels)));
}

const spec = (changes: Partial<DatasetSpec> = {}): DatasetSpec => ({ source: folder, split: 'train', partition: { kind: 'iid' }, seed: 1, ...changes });

describe('loadDataset from a folder', () => {
  it('reads MNIST\'s files, plain or gzipped, by split', async () => {
    await writeSplit('train');
    await writeSplit('t10k', gzipSync, '.gz');
    for (const split of ['train', 'test'] as const) {
      expect(await loadDataset(spec({ split }))).toEqual({ images, labels, shape: [2, 2, 1], count: 6, classes: 6 });
    }
  });

  it('keeps the first of many, then the part asked for; classes stay those of the whole', async () => {
    await writeSplit('train');
    expect(await loadDataset(spec({ examples: 4 }))).toMatchObject({ labels: labels.subarray(0, 4), count: 4, classes: 6 });
    expect(await loadDataset(spec({ examples: 100 }))).toMatchObject({ count: 6 });
    const parts = await Promise.all([0, 1].map((index) => loadDataset(spec({ examples: 4, shard: { index, of: 2 } }))));
    expect(parts.map(({ count, classes }) => [count, classes])).toEqual([[2, 6], [2, 6]]);
    const pairs = parts.flatMap((part) => [...part.labels].map((label, at) => [label, part.images[at * 4]]));
    expect(pairs.sort((a, b) => a[1]! - b[1]!)).toEqual([[3, 0], [1, 4], [4, 8], [1, 12]]);
  });

  it('names the file that is missing and what would do instead', async () => {
    await expect(loadDataset(spec())).rejects.toMatchObject({ code: 'data.missing', message: expect.stringContaining("neither MNIST's IDX files") });
    await writeSplit('t10k');
    await expect(loadDataset(spec())).rejects.toMatchObject({ code: 'data.missing', message: expect.stringContaining('train-images-idx3-ubyte or train-images-idx3-ubyte.gz') });
    await expect(loadDataset(spec({ source: join(folder, 'nowhere') }))).rejects.toMatchObject({ code: 'data.missing' });
  });

  it('refuses images and labels of different number, and none at all', async () => {
    await writeSplit('train');
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), idxFile([5], labels.subarray(0, 5)));
    await expect(loadDataset(spec())).rejects.toMatchObject({ code: 'data.count', message: expect.stringContaining('6 train images and 5 labels') });
    await writeFile(join(folder, 'train-images-idx3-ubyte'), idxFile([0, 2, 2], new Uint8Array(0)));
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), idxFile([0], new Uint8Array(0)));
    await expect(loadDataset(spec())).rejects.toMatchObject({ code: 'data.empty' });
  });

  it('refuses a size of images whose files say their own', async () => {
    await writeSplit('train');
    await expect(loadDataset(spec({ imageSize: [4, 4, 1] }))).rejects.toMatchObject({ code: 'data.image-size' });
  });

  it('refuses a part that there is not', async () => {
    await writeSplit('train');
    await expect(loadDataset(spec({ shard: { index: 4, of: 4 } }))).rejects.toMatchObject({ code: 'data.shard', message: expect.stringContaining('no part 5 of 4') });
    await expect(loadDataset(spec({ shard: { index: 0, of: 7 } }))).rejects.toMatchObject({ code: 'data.parts' });
  });
});

describe('loadDataset of synthetic digits', () => {
  const synthetic = (changes: Partial<DatasetSpec> = {}) => loadDataset(spec({ source: 'synthetic', examples: 90, ...changes }));

  it('makes so many, and parts that together are the whole', async () => {
    const whole = await synthetic();
    const parts = await Promise.all([0, 1, 2].map((index) => synthetic({ partition: { kind: 'shards', perWorker: 2 }, shard: { index, of: 3 } })));
    const rows = (set: Dataset) => Array.from({ length: set.count }, (_, index) => Buffer.from(set.images.subarray(index * 784, (index + 1) * 784)).toString('latin1'));
    expect(parts.flatMap(rows).sort()).toEqual(rows(whole).sort());
  });
});

const mnist = process.env['MNIST_DIR'] ?? resolve(import.meta.dirname, '../../../../../shared/data/mnist');
const hasMnist = existsSync(join(mnist, 'train-images-idx3-ubyte.gz')) || existsSync(join(mnist, 'train-images-idx3-ubyte'));

describe(hasMnist ? 'MNIST' : `MNIST (skipped: no IDX files in ${mnist}; set MNIST_DIR)`, () => {
  it.skipIf(!hasMnist)('is read whole', async () => {
    const train = await loadDataset(spec({ source: mnist }));
    const test = await loadDataset(spec({ source: mnist, split: 'test' }));
    expect([train.count, test.count, train.classes, train.shape]).toEqual([60_000, 10_000, 10, [28, 28, 1]]);
    expect([...train.labels.subarray(0, 5), ...test.labels.subarray(0, 4)]).toEqual([5, 0, 4, 1, 9, 7, 2, 1, 0]);
  });
});
