import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { missionCnn } from '@fedseal/model/layers/presets';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { afterAll, describe, expect, it } from 'vitest';
import { drawDigits, planDigits } from '../data/synthetic-digits.js';
import { createTrainer } from './create-trainer.js';
import { ParallelTrainer } from './parallel-trainer.js';

const training: TrainingSpec = {
  epochs: 1, batchSize: 16, optimizer: { type: 'adam', learningRate: 0.001 }, loss: 'sparseCategoricalCrossentropy', inputScale: 255,
};
const job = (seed = 5) => ({ model: missionCnn, training, base: initialTensors(missionCnn, 1), seed, bound: 8, proximalMu: 0.01 });
const never = () => new AbortController().signal;
const ignore = () => undefined;

/** Two whole batches of evaluation and a part of one. */
const COUNT = 600;
const dataset = drawDigits(planDigits(COUNT, 1, 'train'), Uint32Array.from({ length: COUNT }, (_, i) => i));
const trainers = await Promise.all([1, 3].map((threads) => ParallelTrainer.open(dataset, 'auto', threads)));
const [one, three] = trainers as [ParallelTrainer, ParallelTrainer];
afterAll(() => trainers.forEach((trainer) => trainer.close()));

describe('a trainer on threads', () => {
  it('gives the update of a trainer in this thread, to the bit, on one thread or beside others on three', async () => {
    const here = await (await createTrainer(dataset, 'wasm')).train(job(), ignore, never());
    const reports: number[] = [];
    const results = await Promise.all([
      one.train(job(), ({ done }) => reports.push(done), never()),
      three.train(job(6), ignore, never()), three.train(job(), ignore, never()), three.train(job(7), ignore, never()),
    ]);
    const figures = (at: number) => ({ ...results[at]!, imagesPerSecond: 0 });
    expect(figures(0)).toEqual({ ...here, imagesPerSecond: 0 });
    expect(figures(2)).toEqual(figures(0));
    expect(figures(1)).not.toEqual(figures(0));
    expect(reports.at(-1)).toBe(1);
  });

  it('gives the evaluation of a trainer in this thread, to the bit, however many share it', async () => {
    const here = await (await createTrainer(dataset, 'wasm')).evaluate(job());
    expect(await one.evaluate(job())).toEqual(here);
    expect(await three.evaluate(job())).toEqual(here);
  });

  it('can be called off, and goes on', async () => {
    const abort = new AbortController();
    const reason = new Error('called off');
    const work = three.train({ ...job(), training: { ...training, epochs: 1000 } }, () => abort.abort(reason), abort.signal);
    await expect(work).rejects.toBe(reason);
    expect((await three.evaluate(job())).examples).toBe(COUNT);
  });

  it('ends its work when it is closed', async () => {
    const trainer = await ParallelTrainer.open(dataset, 'wasm', 1);
    const work = trainer.train({ ...job(), training: { ...training, epochs: 1000 } }, ignore, never());
    trainer.close();
    await expect(work).rejects.toMatchObject({ code: 'trainer.closed' });
    await expect(trainer.evaluate(job())).rejects.toMatchObject({ code: 'trainer.closed' });
  });

  it('is what a worker with --parallel gets', async () => {
    const trainer = await createTrainer(dataset, { backend: 'cpu', threads: 2 });
    expect(trainer).toMatchObject({ backend: 'cpu', reason: 'plain JavaScript, slow, 2 threads' });
    trainer.close();
  });

  it('is refused for backends that use all of a machine', async () => {
    await expect(ParallelTrainer.open(dataset, 'webgpu', 2)).rejects.toMatchObject({ code: 'usage.parallel' });
  });
});
