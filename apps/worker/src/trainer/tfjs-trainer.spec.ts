import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { findBackend, memory } from '@tensorflow/tfjs-core';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { missionCnn } from '@fedseal/model/layers/presets';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../data/load-dataset.js';
import { chooseBackend } from './backends/choose-backend.js';
import { createTrainer } from './create-trainer.js';
import { TfjsTrainer } from './tfjs-trainer.js';
import type { TrainJob, TrainProgress, TrainResult } from './trainer.js';

const training: TrainingSpec = {
  epochs: 1, batchSize: 32, optimizer: { type: 'adam', learningRate: 0.001 }, loss: 'sparseCategoricalCrossentropy', inputScale: 255,
};
const job = (changes: Partial<TrainJob> = {}): TrainJob => ({
  model: missionCnn, training, base: initialTensors(missionCnn, 1), seed: 5, bound: 8, ...changes,
});
const ignore = () => undefined;
const never = () => new AbortController().signal;
const digits = (examples: number) => loadDataset({ source: 'synthetic', split: 'train', examples, partition: { kind: 'iid' }, seed: 3 });
const trainer = async (examples = 200) => createTrainer(await digits(examples), 'wasm');

function digestOf({ deltas }: TrainResult): string {
  const hash = createHash('sha256');
  for (const { name, data } of deltas) hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

/** Trains as `trainer(200)` does, in a process of its own from the built files; prints the digest of its update. */
const otherProcess = `
  import { createHash } from 'node:crypto';
  const dist = (path) => import(new URL(path, ${JSON.stringify(new URL('../../dist/', import.meta.url).href)}).href);
  const { loadDataset } = await dist('data/load-dataset.js');
  const { createTrainer } = await dist('trainer/create-trainer.js');
  const { missionCnn } = await import('@fedseal/model/layers/presets');
  const { initialTensors } = await import('@fedseal/model/init/initial-tensors');
  const dataset = await loadDataset({ source: 'synthetic', split: 'train', examples: 200, partition: { kind: 'iid' }, seed: 3 });
  const trainer = await createTrainer(dataset, 'wasm');
  const job = { model: missionCnn, training: ${JSON.stringify(training)}, base: initialTensors(missionCnn, 1), seed: 5, bound: 8 };
  const { deltas } = await trainer.train(job, () => undefined, new AbortController().signal);
  const hash = createHash('sha256');
  for (const { name, data } of deltas) hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  process.stdout.write(hash.digest('hex'));
`;

describe('training', () => {
  it('gives the same bits for the same seed, in this process and in two others', async () => {
    const run = async () => (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', otherProcess], { cwd: import.meta.dirname })).stdout;
    const here = digestOf(await (await trainer()).train(job(), ignore, never()));
    const again = digestOf(await (await trainer()).train(job(), ignore, never()));
    expect([again, await run(), await run()]).toEqual([here, here, here]);
    expect(digestOf(await (await trainer()).train(job({ seed: 6 }), ignore, never()))).not.toBe(here);
  });

  it('gives nearly what cpu gives', async () => {
    const data = await digits(64);
    const spec = { ...training, batchSize: 16 };
    const wasm = await (await createTrainer(data, 'wasm')).train(job({ training: spec }), ignore, never());
    const cpu = await (await createTrainer(data, 'cpu')).train(job({ training: spec }), ignore, never());
    expect(wasm.loss).toBeCloseTo(cpu.loss, 4);
    expect(wasm.accuracy).toBeCloseTo(cpu.accuracy, 6);
  });

  it('reports share, loss, accuracy and speed on the way, and ends with all done', async () => {
    const reports: TrainProgress[] = [];
    const result = await (await trainer(3000)).train(job({ training: { ...training, epochs: 2 } }), (report) => reports.push(report), never());
    expect(reports.length).toBeGreaterThanOrEqual(2);
    reports.forEach(({ done, loss, accuracy, imagesPerSecond }, index) => {
      expect(done).toBeGreaterThan(reports[index - 1]?.done ?? 0);
      expect(loss).toBeGreaterThan(0);
      expect(accuracy).toBeGreaterThanOrEqual(0);
      expect(accuracy).toBeLessThanOrEqual(1);
      expect(imagesPerSecond).toBeGreaterThan(0);
    });
    expect(reports.at(-1)).toMatchObject({ done: 1, loss: result.loss, accuracy: result.accuracy });
    expect(result.examples).toBe(3000);
    expect(result.deltas.map(({ name, shape }) => [name, shape])).toEqual(initialTensors(missionCnn, 1).map(({ name, shape }) => [name, shape]));
  });

  it('goes on while figures are read: a slow device is not waited for at every step, and gives the same', async () => {
    const alone = await (await trainer(320)).train(job(), ignore, never());
    let step = 0;
    const dataset = await digits(320);
    // Every step takes longer than the time between two readings.
    const subject = new TfjsTrainer(await chooseBackend('wasm'), dataset, () => step * 200);
    const device = findBackend('wasm');
    const { read } = device;
    const stepsAtRead: number[] = [];
    let under = 0;
    let most = 0;
    const watch = () => { step++; if (watching) setImmediate(watch); };
    let watching = true;
    setImmediate(watch);
    device.read = async (id) => {
      stepsAtRead.push(step);
      most = Math.max(most, ++under);
      // A transfer that needs as long as one step: by then the next has begun.
      const begun = step;
      while (step < begun + 2) await new Promise((resolve) => setImmediate(resolve));
      under--;
      return read.call(device, id);
    };
    const result = await subject.train(job(), ignore, never()).finally(() => { watching = false; device.read = read; });
    expect(digestOf(result)).toBe(digestOf(alone));
    expect([result.loss, result.accuracy]).toEqual([alone.loss, alone.accuracy]);
    // Loss and accuracy of one step are still on their way when those of the next are asked for, and of no more than that.
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(8);
    expect(new Set(stepsAtRead).size).toBeGreaterThan(5);
  });

  it('lets the event loop turn at every step', async () => {
    let turns = 0;
    let watching = true;
    const watch = () => { turns++; if (watching) setImmediate(watch); };
    setImmediate(watch);
    await (await trainer(320)).train(job(), ignore, never());
    watching = false;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it('stops within a step when it is called off, with the reason, and leaves nothing behind', async () => {
    const subject = await trainer(3000);
    const before = memory();
    const abort = new AbortController();
    const reason = new Error('called off');
    let reports = 0;
    const work = subject.train(job(), () => { reports++; abort.abort(reason); }, abort.signal);
    await expect(work).rejects.toBe(reason);
    expect(reports).toBe(1);
    await expect(subject.train(job(), ignore, abort.signal)).rejects.toBe(reason);
    expect(memory()).toEqual(before);
  });

  it('leaves nothing behind when it ends', async () => {
    const subject = await trainer(100);
    const before = memory();
    await subject.train(job({ training: { ...training, optimizer: { type: 'sgd', learningRate: 0.1 } } }), ignore, never());
    await subject.train(job(), ignore, never());
    await subject.evaluate(job());
    expect(memory()).toEqual(before);
  });

  it('holds no more after 10,000 steps than after the first', async () => {
    const examples = 50;
    const dataset = {
      images: Uint8Array.from({ length: examples * 4 }, (_, i) => (i * 7919) % 251), labels: Uint8Array.from({ length: examples }, (_, i) => i % 3),
      shape: [2, 2, 1] as const, count: examples, classes: 3,
    };
    const model: ModelSpec = { name: 'tiny', inputShape: [4], layers: [{ type: 'dense', units: 3, activation: 'softmax' }] };
    const subject = await createTrainer(dataset, 'wasm');
    const before = memory();
    const heap = () => (findBackend('wasm') as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
    const heapBefore = heap();
    const held: number[] = [];
    const long = { model, training: { ...training, epochs: 200, batchSize: 1 }, base: initialTensors(model, 1), seed: 5, bound: 1000, proximalMu: 0.1 };
    await subject.train(long, () => held.push(memory().numTensors), never());
    expect(held.at(-1)! - before.numTensors).toBeLessThan(20);
    expect(memory()).toEqual(before);
    expect(heap()).toBe(heapBefore);
  });

  it('runs beside an evaluation on the same backend without either changing the other', async () => {
    const subject = await trainer(200);
    const alone = digestOf(await subject.train(job(), ignore, never()));
    const [together, evaluation] = await Promise.all([subject.train(job(), ignore, never()), subject.evaluate(job())]);
    expect(digestOf(together)).toBe(alone);
    expect(evaluation).toEqual(await subject.evaluate(job()));
  });

  it('ends with an error when the trainer is closed', async () => {
    const subject = await trainer(3000);
    const work = [subject.train(job(), ignore, never()), subject.evaluate(job())];
    subject.close();
    for (const each of work) await expect(each).rejects.toMatchObject({ code: 'trainer.closed' });
    await expect(subject.evaluate(job())).rejects.toMatchObject({ code: 'trainer.closed' });
  });

  it('refuses a model that does not fit the data, before it computes', async () => {
    const subject = await trainer(20);
    const small = { ...missionCnn, inputShape: [20, 20, 1] };
    await expect(subject.evaluate(job({ model: small, base: initialTensors(small, 1) }))).rejects.toMatchObject({ code: 'data.shape' });
    const few = { ...missionCnn, layers: [...missionCnn.layers.slice(0, -1), { type: 'dense' as const, units: 9, activation: 'softmax' as const }] };
    await expect(subject.train(job({ model: few, base: initialTensors(few, 1) }), ignore, never())).rejects.toMatchObject({ code: 'data.classes' });
  });

  it('says so when it diverged instead of sending what would be refused', async () => {
    const subject = await trainer(200);
    const wild = { ...training, optimizer: { type: 'sgd' as const, learningRate: 10 }, inputScale: 1e-3 };
    await expect(subject.train(job({ training: wild }), ignore, never())).rejects.toMatchObject({ code: expect.stringMatching(/^update\./) });
  });
});

describe('evaluation', () => {
  it('is the mean over all examples, however they fall into batches', async () => {
    const data = await digits(300);
    const whole = await (await createTrainer(data, 'wasm')).evaluate(job());
    const parts = await Promise.all([[0, 113], [113, 300]].map(async ([from, to]) => {
      const images = data.images.subarray(from! * 784, to! * 784);
      const part = await createTrainer({ ...data, images, labels: data.labels.subarray(from, to), count: to! - from! }, 'wasm');
      return part.evaluate(job());
    }));
    const mean = (figure: 'loss' | 'accuracy') => parts.reduce((sum, part) => sum + part[figure] * part.examples, 0) / 300;
    expect(whole.examples).toBe(300);
    expect(whole.loss).toBeCloseTo(mean('loss'), 5);
    expect(whole.accuracy).toBeCloseTo(mean('accuracy'), 9);
  });
});
