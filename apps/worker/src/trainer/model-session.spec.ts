import { dispose, layers, memory, sequential, tensor, train, type Sequential } from './testing/layers-oracle.testing.js';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { mcmahan2nn, mcmahanCnn, missionCnn } from '@fedseal/model/layers/presets';
import type { Tensor } from '@fedseal/model/tensors';
import { describe, expect, it } from 'vitest';
import { buildModel } from './build-model.js';
import { ModelSession } from './model-session.js';
import { createOptimizer } from './optimizers.js';
import { activate, greatestDifference, randomValues, type BackendName } from './testing/both-backends.testing.js';
import type { TrainingSpec } from '@fedseal/protocol/plan';

const odd: ModelSpec = {
  name: 'odd', inputShape: [11, 14, 3],
  layers: [
    { type: 'conv2d', filters: 6, kernelSize: [3, 2], strides: [2, 1], padding: 'same', activation: 'linear' },
    { type: 'maxPooling2d', poolSize: [2, 3], strides: 2, padding: 'same' },
    { type: 'conv2d', filters: 5, kernelSize: 2, strides: 1, padding: 'valid', activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: 9, activation: 'softmax' },
    { type: 'dense', units: 4, activation: 'linear' },
  ],
};
const models = { 'mission-cnn': [missionCnn, 4], 'mcmahan-cnn': [mcmahanCnn, 2], '2nn': [mcmahan2nn, 5], odd: [odd, 7] } as const;

const training = (optimizer: TrainingSpec['optimizer']): TrainingSpec => ({
  epochs: 1, batchSize: 32, optimizer, loss: 'sparseCategoricalCrossentropy', inputScale: 255,
});

function batchFor(model: ModelSpec, count: number) {
  const classes = buildModel(model).classes;
  return {
    inputs: randomValues([count, ...model.inputShape], 5, 0, 1),
    labels: Int32Array.from({ length: count }, (_, index) => (index * 3) % classes), count,
  };
}

async function trained(name: BackendName, model: ModelSpec, count: number, steps: number, spec: TrainingSpec) {
  await activate(name);
  const session = new ModelSession(buildModel(model), initialTensors(model, 7));
  const optimizer = createOptimizer(spec);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const outcome = session.step(batchFor(model, count), optimizer);
    losses.push((await outcome.loss.data())[0]!);
    dispose([outcome.loss, outcome.correct]);
  }
  const weights = await session.read();
  optimizer.dispose();
  session.dispose();
  return { losses, weights };
}

/** The same model, weights, data and optimiser by TensorFlow.js' own layers on `cpu`. */
async function byLayers(model: ModelSpec, count: number, steps: number, learningRate: number): Promise<number[]> {
  await activate('cpu');
  const oracle = layersModel(model);
  const weights = initialTensors(model, 7).map(({ data, shape }) => tensor(data, [...shape]));
  oracle.setWeights(weights);
  oracle.compile({ optimizer: train.sgd(learningRate), loss: 'categoricalCrossentropy' });
  const { inputs, labels } = batchFor(model, count);
  const classes = buildModel(model).classes;
  const x = tensor(inputs, [count, ...model.inputShape]);
  const y = tensor(Float32Array.from({ length: count * classes }, (_, at) => (labels[Math.floor(at / classes)] === at % classes ? 1 : 0)), [count, classes]);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await oracle.trainOnBatch(x, y)) as number);
  dispose([x, y, ...weights]);
  oracle.dispose();
  return losses;
}

function layersModel(model: ModelSpec): Sequential {
  const oracle = sequential();
  model.layers.forEach((layer, index) => {
    const inputShape = index === 0 ? { inputShape: model.inputShape } : {};
    switch (layer.type) {
      case 'conv2d':
        oracle.add(layers.conv2d({ ...inputShape, filters: layer.filters, kernelSize: layer.kernelSize, strides: layer.strides, padding: layer.padding, activation: layer.activation }));
        break;
      case 'maxPooling2d':
        oracle.add(layers.maxPooling2d({ poolSize: layer.poolSize, padding: layer.padding, ...(layer.strides === undefined ? {} : { strides: layer.strides as [number, number] }) }));
        break;
      case 'flatten':
        oracle.add(layers.flatten(inputShape));
        break;
      case 'dense':
        oracle.add(layers.dense({ units: layer.units, activation: layer.activation }));
    }
  });
  return oracle;
}

const differences = (a: readonly Tensor[], b: readonly Tensor[]) =>
  a.map(({ name, data }, index) => [name, greatestDifference(data, b[index]!.data)] as const);

describe('a training step', () => {
  it.each(Object.entries(models))('of %s on WASM moves the weights as on cpu, within 1e-5', async (_, [model, count]) => {
    const spec = training({ type: 'sgd', learningRate: 0.5 });
    const expected = await trained('cpu', model, count, 1, spec);
    const actual = await trained('wasm', model, count, 1, spec);
    expect(actual.losses[0]).toBeCloseTo(expected.losses[0]!, 5);
    for (const [name, difference] of differences(expected.weights, actual.weights)) expect(difference, name).toBeLessThanOrEqual(1e-5);
  });

  it('of Adam by one kernel is the one of TensorFlow.js', async () => {
    const spec = training({ type: 'adam', learningRate: 0.001 });
    const expected = await trained('cpu', odd, 7, 6, spec);
    const actual = await trained('wasm', odd, 7, 6, spec);
    expect(actual.losses.at(-1)).toBeLessThan(actual.losses[0]!);
    for (const [name, difference] of differences(expected.weights, actual.weights)) expect(difference, name).toBeLessThanOrEqual(2e-5);
  });

  it.each([['mission-cnn', missionCnn, 4], ['2nn', mcmahan2nn, 5]] as const)('of %s follows the losses of TensorFlow.js layers', async (_, model, count) => {
    const { losses } = await trained('wasm', model, count, 3, training({ type: 'sgd', learningRate: 0.05 }));
    const expected = await byLayers(model, count, 3, 0.05);
    expected.forEach((loss, step) => expect(losses[step]).toBeCloseTo(loss, 4));
    expect(losses[2]).toBeLessThan(losses[0]!);
  });

  it('leaves no tensor behind', async () => {
    await activate('wasm');
    const spec = training({ type: 'adam', learningRate: 0.001 });
    const session = new ModelSession(buildModel(missionCnn), initialTensors(missionCnn, 7));
    const optimizer = createOptimizer(spec);
    const step = () => {
      const outcome = session.step(batchFor(missionCnn, 3), optimizer);
      dispose([outcome.loss, outcome.correct]);
    };
    step();
    const after = memory();
    for (let i = 0; i < 5; i++) step();
    expect(memory()).toEqual(after);
    optimizer.dispose();
    session.dispose();
  });
});

describe('a model session', () => {
  it('refuses tensors of another model, by name', () => {
    const weights = initialTensors(missionCnn, 1);
    const network = buildModel(missionCnn);
    expect(() => new ModelSession(network, weights.slice(1))).toThrow(/nothing for conv2d\.kernel/);
    expect(() => new ModelSession(network, [...weights, { name: 'extra', shape: [1], data: new Float32Array(1) }])).toThrow(/5 tensors, the plan 4/);
    expect(() => new ModelSession(network, initialTensors({ ...missionCnn, inputShape: [20, 20, 1] }, 1))).toThrow(/\[2592, 10\] for dense\.kernel/);
  });

  it('takes the tensors in any order', async () => {
    await activate('wasm');
    const weights = initialTensors(missionCnn, 1);
    const session = new ModelSession(buildModel(missionCnn), [...weights].reverse());
    expect(await session.read()).toEqual(weights);
    session.dispose();
  });

  it('needs a flat output', () => {
    expect(() => buildModel({ ...missionCnn, layers: missionCnn.layers.slice(0, 2) })).toThrow(/End the model "mission-cnn" with a dense layer/);
  });
});
