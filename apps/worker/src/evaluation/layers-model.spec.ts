import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import '@tensorflow/tfjs-backend-cpu';
import { dispose, softmax, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { exportLayersModel } from '@fedseal/model/export/export-layers-model';
import type { ExportedFile } from '@fedseal/model/export/exported-file';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { cifarCnn, mcmahan2nn, mcmahanCnn, missionCnn } from '@fedseal/model/layers/presets';
import { elementCount } from '@fedseal/model/tensors';
import { modelSpec } from '@fedseal/protocol/plan';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../data/seeded-random.js';
import { chooseBackend } from '../trainer/backends/choose-backend.js';
import { buildModel } from '../trainer/build-model.js';

/** Uneven windows, strides and padding, a softmax within and none at the end. */
const odd = modelSpec.parse({
  name: 'odd', inputShape: [9, 12, 2],
  layers: [
    { type: 'conv2d', name: 'first', filters: 4, kernelSize: [3, 2], strides: [1, 2], padding: 'same', activation: 'softmax' },
    { type: 'maxPooling2d', poolSize: [2, 3], strides: [2, 1], padding: 'same' },
    { type: 'flatten' },
    { type: 'dense', units: 5, activation: 'relu' },
    { type: 'dense', units: 3 },
  ],
});

let server: Server;
let files: readonly ExportedFile[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const found = files.find(({ name }) => request.url === `/${name}`);
    response.writeHead(found ? 200 : 404).end(found?.content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await (await chooseBackend('wasm')).activate();
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Initial kernels, and biases that are not zero. */
function randomTensors(spec: ModelSpec, random: SeededRandom) {
  return initialTensors(spec, 5).map((each) => (each.name.endsWith('.bias') ? { ...each, data: each.data.map(() => random.between(-0.5, 0.5)) } : each));
}

describe('an exported LayersModel', () => {
  it.each([missionCnn, mcmahanCnn, mcmahan2nn, cifarCnn, odd].map((spec) => [spec.name, spec] as const))('of %s predicts what the worker\'s network does', async (_, spec) => {
    const random = new SeededRandom(3);
    const tensors = randomTensors(spec, random);
    files = exportLayersModel({ spec, tensors, metadata: { 'fedseal.run': 'r' } });
    const loaded = await loadLayersModel(`http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`);
    expect(loaded.countParams()).toBe(tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0));
    expect(loaded.getUserDefinedMetadata()).toEqual({ 'fedseal.run': 'r' });

    const x = tensor(Float32Array.from({ length: 4 * elementCount(spec.inputShape) }, () => random.uniform()), [4, ...spec.inputShape]);
    const network = buildModel(spec);
    const weights = new Map(tensors.map(({ name, shape, data }) => [name, tensor(data, [...shape])]));
    const logits = network.logits(x, (name) => weights.get(name)!);
    const last = spec.layers.at(-1)!;
    const ours = await ('activation' in last && last.activation === 'softmax' ? softmax(logits) : logits).data();
    const theirs = await (loaded.predict(x) as Tensor).data();
    expect(theirs).toHaveLength(4 * network.classes);
    // Not a constant that any model would give.
    expect(new Set(theirs.map((value) => Math.round(value * 1e6))).size).toBeGreaterThan(theirs.length / 2);
    for (const [index, value] of theirs.entries()) expect(Math.abs(value - ours[index]!)).toBeLessThan(1e-5);
    dispose([x, logits, ...weights.values()]);
  });
});
