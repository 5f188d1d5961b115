import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { missionCnn } from '@fedseal/model/layers/presets';
import type { Tensor } from '@fedseal/model/tensors';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../data/load-dataset.js';
import { createTrainer } from './create-trainer.js';
import type { TrainResult } from './trainer.js';

const training: TrainingSpec = {
  epochs: 1, batchSize: 32, optimizer: { type: 'adam', learningRate: 0.001 }, loss: 'sparseCategoricalCrossentropy', inputScale: 255,
};

/** Test accuracy after each round of federated averaging over four IID workers, without the wire and the chain. */
async function accuracies(source: string, examples: number, rounds: number): Promise<number[]> {
  const shards = await Promise.all([0, 1, 2, 3].map((index) =>
    loadDataset({ source, split: 'train', examples, partition: { kind: 'iid' }, shard: { index, of: 4 }, seed: 1 })));
  const workers = await Promise.all(shards.map((shard) => createTrainer(shard, 'wasm')));
  const evaluator = await createTrainer(await loadDataset({ source, split: 'test', partition: { kind: 'iid' }, seed: 1 }), 'wasm');
  const reached: number[] = [];
  let model = initialTensors(missionCnn, 1);
  for (let round = 1; round <= rounds; round++) {
    const results: TrainResult[] = [];
    for (const [index, worker] of workers.entries()) {
      const job = { model: missionCnn, training, base: model, seed: 100 * round + index, bound: 8 };
      results.push(await worker.train(job, () => undefined, new AbortController().signal));
    }
    model = averaged(model, results);
    reached.push((await evaluator.evaluate({ model: missionCnn, training, base: model })).accuracy);
  }
  return reached;
}

function averaged(base: readonly Tensor[], results: readonly TrainResult[]): Tensor[] {
  const total = results.reduce((sum, { examples }) => sum + examples, 0);
  return base.map((tensor, at) => ({
    ...tensor,
    data: tensor.data.map((value, i) => value + results.reduce((sum, { deltas, examples }) => sum + deltas[at]!.data[i]! * examples, 0) / total),
  }));
}

describe('the small CNN', () => {
  it('learns the synthetic digits over rounds: not at once, and to 95 % by the fifth', async () => {
    const reached = await accuracies('synthetic', 4000, 5);
    expect(reached[0]).toBeLessThan(0.95);
    expect(reached[4]).toBeGreaterThanOrEqual(0.95);
  });
});

const mnist = process.env['MNIST_DIR'] ?? resolve(import.meta.dirname, '../../../../../shared/data/mnist');
const hasMnist = existsSync(join(mnist, 'train-images-idx3-ubyte.gz')) || existsSync(join(mnist, 'train-images-idx3-ubyte'));

describe(hasMnist ? 'the small CNN on MNIST' : `the small CNN on MNIST (skipped: no IDX files in ${mnist}; set MNIST_DIR)`, () => {
  it.skipIf(!hasMnist)('is past 90 % after two rounds on a fifth of the images', async () => {
    const reached = await accuracies(mnist, 12_000, 2);
    expect(reached[1]).toBeGreaterThan(0.9);
  });
});
