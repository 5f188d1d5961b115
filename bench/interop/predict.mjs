/**
 * Makes a model with random weights and predictions for check_models.py, with this project's own code.
 *
 *     node bench/interop/predict.mjs PRESET FOLDER
 *
 * writes plan.json, sealed.safetensors, inputs.bin and ours.bin (float32, little-endian: [n, …inputShape] and [n, classes]), and
 * tfjs.bin when FOLDER/tfjs holds an export of it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { Xoshiro128 } from '@fedseal/model/init/xoshiro128';
import { PRESETS } from '@fedseal/model/layers/presets';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { chooseBackend } from '../../apps/worker/dist/trainer/backends/choose-backend.js';
import { buildModel } from '../../apps/worker/dist/trainer/build-model.js';

const EXAMPLES = 16;
const [preset, folder] = process.argv.slice(2);
const spec = PRESETS[preset];
if (spec === undefined || folder === undefined) throw new Error(`Usage: predict.mjs ${Object.keys(PRESETS).join('|')} FOLDER`);

const random = Xoshiro128.fromSeed(7);
const uniform = () => random.next() / 2 ** 32;
const tensors = initialTensors(spec, 11).map((tensor) =>
  tensor.name.endsWith('.bias') ? { ...tensor, data: tensor.data.map(() => uniform() - 0.5) } : tensor);
const size = spec.inputShape.reduce((product, each) => product * each, 1);
const inputs = Float32Array.from({ length: EXAMPLES * size }, uniform);

await (await chooseBackend('wasm')).activate();
const x = tf.tensor(inputs, [EXAMPLES, ...spec.inputShape]);

if (existsSync(join(folder, 'tfjs'))) {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(folder, 'tfjs', 'model.json'), 'utf8'));
  const bytes = readFileSync(join(folder, 'tfjs', 'weights.bin'));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const loaded = await loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }));
  write('tfjs.bin', await loaded.predict(x).data());
} else {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.json'), JSON.stringify({ version: 1, name: preset, model: { preset }, rounds: 1 }));
  writeFileSync(join(folder, 'sealed.safetensors'), encodeSafetensors(tensors));
  const weights = new Map(tensors.map(({ name, shape, data }) => [name, tf.tensor(data, shape)]));
  const logits = buildModel(spec).logits(x, (name) => weights.get(name));
  write('inputs.bin', inputs);
  write('ours.bin', await tf.softmax(logits).data());
}

function write(name, values) {
  writeFileSync(join(folder, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
