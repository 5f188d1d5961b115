import { add, dispose, memory, mul, square, sub, sum, tensor, tensor1d, variable, variableGrads, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { describe, expect, it } from 'vitest';
import { buildModel } from './build-model.js';
import { createTrainer } from './create-trainer.js';
import { crossEntropy } from './loss.js';
import { ModelSession } from './model-session.js';
import { createOptimizer } from './optimizers.js';
import { withProximalTerm } from './proximal-term.js';
import { activate, randomValues, type BackendName } from './testing/both-backends.testing.js';

const RATE = 0.5;
const MU = 0.75;
const sgd: TrainingSpec = {
  epochs: 1, batchSize: 4, optimizer: { type: 'sgd', learningRate: RATE }, loss: 'sparseCategoricalCrossentropy', inputScale: 1,
};
const small: ModelSpec = {
  name: 'small', inputShape: [5, 5, 1],
  layers: [
    { type: 'conv2d', filters: 3, kernelSize: 2, strides: 1, padding: 'valid', activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: 3, activation: 'softmax' },
  ],
};
const batch = { inputs: randomValues([4, 5, 5, 1], 3, 0, 1), labels: Int32Array.from([0, 1, 2, 1]), count: 4 };

/** The weights after each step. */
async function steps(name: BackendName, count: number, mu: number): Promise<Float32Array[]> {
  await activate(name);
  const session = new ModelSession(buildModel(small), initialTensors(small, 2));
  const optimizer = withProximalTerm(createOptimizer(sgd), mu);
  const weights: Float32Array[] = [];
  for (let step = 0; step < count; step++) {
    const { loss, correct } = session.step(batch, optimizer);
    dispose([loss, correct]);
    weights.push(Float32Array.from((await session.read()).flatMap(({ data }) => [...data])));
  }
  optimizer.dispose();
  session.dispose();
  return weights;
}

/** The same steps from the objective itself, F(w) + μ/2 · ‖w − wᵗ‖², by automatic differentiation on `cpu`. */
async function byObjective(count: number): Promise<Float32Array> {
  await activate('cpu');
  const network = buildModel(small);
  const base = initialTensors(small, 2);
  const anchors = base.map(({ data, shape }) => tensor(data, [...shape]));
  const variables = anchors.map((anchor) => variable(anchor));
  const at = (name: string) => variables[base.findIndex((each) => each.name === name)]!;
  const x = tensor(batch.inputs, [4, 5, 5, 1]);
  const y = tensor1d(batch.labels, 'int32');
  for (let step = 0; step < count; step++) {
    const { value, grads } = variableGrads(() => {
      const distance = variables.map((each, index) => sum(square(sub(each, anchors[index]!)))).reduce((a, b) => add(a, b));
      return add(crossEntropy(network.logits(x, at) as Tensor2D, y), mul(distance, MU / 2)) as Scalar;
    }, variables);
    for (const each of variables) each.assign(sub(each, mul(grads[each.name]!, RATE)));
    value.dispose();
  }
  const weights = Float32Array.from(variables.flatMap((each) => [...each.dataSync()]));
  dispose([...variables, ...anchors, x, y]);
  return weights;
}

describe('the proximal term', () => {
  it.each<BackendName>(['cpu', 'wasm'])('adds −η·μ·(w₁ − w₀) to the second step on %s, and nothing to the first', async (name) => {
    const base = Float32Array.from(initialTensors(small, 2).flatMap(({ data }) => [...data]));
    const plain = await steps(name, 2, 0);
    const pulled = await steps(name, 2, MU);
    expect(pulled[0]).toEqual(plain[0]);
    pulled[1]!.forEach((value, i) => expect(value).toBeCloseTo(plain[1]![i]! - RATE * MU * (plain[0]![i]! - base[i]!), 6));
    expect(pulled[1]).not.toEqual(plain[1]);
  });

  it.each<BackendName>(['cpu', 'wasm'])('on %s takes the steps of the objective that the paper states', async (name) => {
    const [, , , actual] = await steps(name, 4, MU);
    const expected = await byObjective(4);
    actual!.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it('gives the optimiser itself for μ = 0', () => {
    const optimizer = createOptimizer(sgd);
    expect(withProximalTerm(optimizer, 0)).toBe(optimizer);
  });

  it('keeps a trained model nearer to the base, and leaves nothing behind', async () => {
    const images = Uint8Array.from({ length: 60 * 25 }, (_, i) => (i * 7919) % 251);
    const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 3);
    const trainer = await createTrainer({ images, labels, shape: [5, 5, 1], count: 60, classes: 3 }, 'wasm');
    const before = memory();
    const distance = async (proximalMu?: number) => {
      const job = { model: small, training: { ...sgd, optimizer: { type: 'sgd' as const, learningRate: 0.02 }, epochs: 5, inputScale: 255 }, base: initialTensors(small, 2), seed: 1, bound: 8 };
      const { deltas } = await trainer.train({ ...job, ...(proximalMu === undefined ? {} : { proximalMu }) }, () => undefined, new AbortController().signal);
      return Math.hypot(...deltas.flatMap(({ data }) => [...data]));
    };
    const free = await distance();
    expect(await distance(0)).toBe(free);
    expect(await distance(1)).toBeLessThan(free);
    expect(await distance(4)).toBeLessThan(await distance(1));
    expect(memory()).toEqual(before);
  });
});
