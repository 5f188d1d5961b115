import { dispose, grad, maxPool, memory, mul, sum, tensor4d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { missionCnn, mcmahanCnn } from '@fedseal/model/layers/presets';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config/config.js';
import { drawDigits, planDigits } from '../../data/synthetic-digits.js';
import { buildModel } from '../build-model.js';
import { ModelSession } from '../model-session.js';
import { createOptimizer } from '../optimizers.js';
import { withProximalTerm } from '../proximal-term.js';
import { CONVOLUTIONS, layerAndGradients } from '../testing/convolution-cases.testing.js';
import { activate, expectSameOn, greatestDifference, randomValues } from '../testing/both-backends.testing.js';
import { TfjsTrainer } from '../tfjs-trainer.js';
import type { OpenBackend } from './backend.js';
import { candidatesOf, chooseBackend } from './choose-backend.js';

/** Whatever of these the machine has is held to WASM, which other tests hold to `cpu`; a software adapter is enough, and the folder of a tfjs-node built elsewhere. */
const NAMES = ['tfjs-node', 'webgpu'] as const;
const opened = await Promise.all(NAMES.map(async (name) => {
  try {
    return { name, backend: await chooseBackend(name, candidatesOf(name, readConfig().tfjsNodeFolder)), why: '' };
  } catch (error) {
    return { name, backend: undefined, why: (error as Error).message };
  }
}));

const training = (optimizer: TrainingSpec['optimizer']): TrainingSpec => ({
  epochs: 1, batchSize: 8, optimizer, loss: 'sparseCategoricalCrossentropy', inputScale: 255,
});

/** Weights after some steps, pulled back to the first ones. */
async function trained(start: () => Promise<void>, model: ModelSpec, count: number, optimizer: TrainingSpec['optimizer']) {
  await start();
  const session = new ModelSession(buildModel(model), initialTensors(model, 7));
  const stepper = withProximalTerm(createOptimizer(training(optimizer)), 0.1);
  const batch = {
    inputs: randomValues([count, ...model.inputShape], 5, 0, 1), labels: Int32Array.from({ length: count }, (_, i) => (i * 3) % 10), count,
  };
  const outcomes = [session.step(batch, stepper), session.step(batch, stepper)];
  const losses = await Promise.all(outcomes.map(async ({ loss }) => (await loss.data())[0]!));
  outcomes.forEach(({ loss, correct }) => dispose([loss, correct]));
  const weights = await session.read();
  stepper.dispose();
  session.dispose();
  return { losses, weights };
}

for (const { name, backend, why } of opened) {
  describe.skipIf(!backend)(backend ? `${name}: ${backend.reason}` : `${name} (skipped: ${why})`, () => checks(backend!));
}

function checks(backend: OpenBackend): void {
  afterAll(() => activate('cpu'));

  it.each(CONVOLUTIONS)('gives the convolution and gradients of WASM: $input by $filter × $outputs, strides $strides, $pad, $activation', async (each) => {
    await expectSameOn(backend, 'wasm', () => layerAndGradients(each));
  });

  it.each([0, 1])('gives the max pooling and gradient of WASM, values below %d', async (high) => {
    await expectSameOn(backend, 'wasm', (): Tensor[] => {
      const x = tensor4d(randomValues([2, 8, 6, 5], 1, -1, high), [2, 8, 6, 5]);
      const weights = tensor4d(randomValues([2, 4, 3, 5], 2), [2, 4, 3, 5]);
      return [maxPool(x, 2, 2, 'valid'), grad((of) => sum(mul(maxPool(of as Tensor4D, 2, 2, 'valid'), weights)))(x)];
    });
  });

  it.each([
    ['mission-cnn', missionCnn, 4, { type: 'adam', learningRate: 0.001 }, 1e-4],
    ['mcmahan-cnn', mcmahanCnn, 2, { type: 'sgd', learningRate: 0.1 }, 1e-5],
  ] as const)('takes the steps of WASM with %s', async (_, model, count, optimizer, tolerance) => {
    const expected = await trained(() => activate('wasm'), model, count, optimizer);
    const actual = await trained(backend.activate, model, count, optimizer);
    expected.losses.forEach((loss, step) => expect(actual.losses[step]).toBeCloseTo(loss, 4));
    expected.weights.forEach(({ name, data }, at) => expect(greatestDifference(data, actual.weights[at]!.data), name).toBeLessThanOrEqual(tolerance));
  });

  it('trains and evaluates a data set, and leaves nothing behind', async () => {
    const dataset = drawDigits(planDigits(16, 1, 'train'), Uint32Array.from({ length: 16 }, (_, i) => i));
    const trainer = new TfjsTrainer(backend, dataset);
    await backend.activate();
    const before = memory().numTensors;
    const job = { model: missionCnn, training: training({ type: 'adam', learningRate: 0.003 }), base: initialTensors(missionCnn, 1), seed: 5, bound: 8 };
    const result = await trainer.train(job, () => undefined, new AbortController().signal);
    const better = job.base.map((tensor, at) => ({ ...tensor, data: tensor.data.map((value, i) => value + result.deltas[at]!.data[i]!) }));
    const [first, after] = [await trainer.evaluate(job), await trainer.evaluate({ ...job, base: better })];
    expect(after.loss).toBeLessThan(first.loss);
    expect(memory().numTensors).toBe(before);
  });
}
