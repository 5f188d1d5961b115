import { resolveLayers } from '../layers/resolve-layers.js';
import { littleEndian } from '../platform.js';
import type { ExportableModel, ExportedFile } from './exported-file.js';
import { kerasLayer } from './keras-layers.js';
import { tensorsInOrder } from './tensors-in-order.js';

/**
 * A TensorFlow.js LayersModel, as `tf.loadLayersModel` reads it: `model.json` with the layers and the list of weights, and
 * `weights.bin` with their values (float32, little-endian, in the order of the layers). Kernels are stored as they are here:
 * convolutions [height, width, in, out], dense layers [in, out].
 * @throws ModelError as `tensorsInOrder`
 */
export function exportLayersModel(model: ExportableModel): ExportedFile[] {
  const layers = resolveLayers(model.spec).map(kerasLayer);
  const tensors = tensorsInOrder(model);
  const [first, ...rest] = layers;
  const json = {
    format: 'layers-model',
    generatedBy: 'fedseal',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: 'Sequential',
        config: {
          name: 'sequential',
          layers: [{ ...first, config: { ...first?.config, batch_input_shape: [null, ...model.spec.inputShape] } }, ...rest],
        },
      },
    },
    weightsManifest: [{
      paths: ['weights.bin'],
      weights: tensors.map(({ name, shape }) => ({ name: name.replace('.', '/'), shape, dtype: 'float32' })),
    }],
    userDefinedMetadata: model.metadata,
  };
  return [
    { name: 'model.json', content: `${JSON.stringify(json, null, 1)}\n` },
    { name: 'weights.bin', content: joined(tensors.map(({ data }) => data)) },
  ];
}

function joined(arrays: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const data of arrays) {
    if (littleEndian) bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    else data.forEach((value, index) => view.setFloat32(at + 4 * index, value, true));
    at += data.byteLength;
  }
  return bytes;
}
