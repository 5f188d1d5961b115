import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { modelSpec, trainingSpec } from '@fedseal/protocol/plan';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataChoice } from './config/arguments.js';
import { openWorkbench } from './open-workbench.js';

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'workbench-')); });
afterAll(() => rm(folder, { recursive: true }));

const choice = (changes: Partial<DataChoice>): DataChoice => ({ source: 'synthetic', partition: { kind: 'iid' }, seed: 1, ...changes });
const training = trainingSpec.parse({ epochs: 20, batchSize: 8, optimizer: { type: 'sgd', learningRate: 0.5 } });

describe('openWorkbench', () => {
  it('trains on a folder of images and measures on its hold-out', async () => {
    for (let i = 0; i < 40; i++) {
      const label = i % 2;
      await mkdir(join(folder, 'images', label ? 'left' : 'right'), { recursive: true });
      // A bright column to the left or to the right, at 6 × 4.
      const pixels = Uint8Array.from({ length: 24 }, (_, at) => (at % 4 === (label ? 0 : 3) ? 200 + i : i));
      await sharp(pixels, { raw: { width: 4, height: 6, channels: 1 } }).png().toFile(join(folder, 'images', label ? 'left' : 'right', `${i}.png`));
    }
    const { trainer, dataset, holdOut, warnings } = await openWorkbench(choice({ source: join(folder, 'images'), imageSize: [6, 4, 1], holdOut: 0.2 }), { backend: 'wasm' }, 'contributor');
    expect(warnings).toEqual([]);
    expect([dataset.count, holdOut?.dataset.count, dataset.shape]).toEqual([32, 8, [6, 4, 1]]);
    const model = modelSpec.parse({ name: 'tiny', inputShape: [6, 4, 1], layers: [{ type: 'flatten' }, { type: 'dense', units: 2, activation: 'softmax' }] });
    const base = initialTensors(model, 1);
    const { deltas } = await trainer.train({ model, training, base, seed: 1, bound: 8 }, () => undefined, new AbortController().signal);
    const learned = base.map((tensor, index) => ({ ...tensor, data: tensor.data.map((value, at) => value + deltas[index]!.data[at]!) }));
    expect(await holdOut!.trainer.evaluate({ model, training, base: learned })).toMatchObject({ accuracy: 1, examples: 8 });
    trainer.close();
    holdOut!.trainer.close();
  });

  it('trains on a table of fractions, divided by the plan\'s scale', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i % 7 / 7].map((value) => value.toFixed(4)));
    const file = join(folder, 'table.csv');
    await writeFile(file, `a,b,c,kind\n${rows.map((row) => `${row.join(',')},${Number(row[0]) > Number(row[1]) ? 'more' : 'less'}`).join('\n')}\n`);
    const { trainer, dataset } = await openWorkbench(choice({ source: file, label: 'kind' }), { backend: 'wasm' }, 'contributor');
    expect([dataset.shape, dataset.images.constructor.name]).toEqual([[1, 1, 3], 'Float32Array']);
    const model = modelSpec.parse({ name: 'rows', inputShape: [3], layers: [{ type: 'dense', units: 2, activation: 'softmax' }] });
    const base = initialTensors(model, 1);
    const accuracy = async (inputScale: number) => (await trainer.train({ model, training: { ...training, inputScale }, base, seed: 1, bound: 64 }, () => undefined, new AbortController().signal)).accuracy;
    expect(await accuracy(1)).toBeGreaterThan(0.9);
    // Divided by 255 the same rows are next to nothing, and as many steps teach little.
    expect(await accuracy(255)).toBeLessThan(0.8);
    trainer.close();
  });

  it('gives an evaluator all of its data, and says what may be wrong', async () => {
    const { dataset, holdOut, warnings } = await openWorkbench(choice({ examples: 9, holdOut: 0.5 }), { backend: 'cpu' }, 'evaluator');
    expect([dataset.count, holdOut]).toEqual([9, undefined]);
    expect(warnings!.map(({ code }) => code)).toEqual(['data.class-missing']);
  });

  it('refuses what nothing can be learned from', async () => {
    await writeFile(join(folder, 'same.csv'), '1,2,0\n1,2,1\n');
    await expect(openWorkbench(choice({ source: join(folder, 'same.csv') }), { backend: 'cpu' }, 'contributor')).rejects.toMatchObject({ code: 'data.constant' });
  });
});
