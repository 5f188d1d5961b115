import { resolveLayers } from '../layers/resolve-layers.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';
import type { ExportableModel, ExportedFile } from './exported-file.js';
import { kerasLayer } from './keras-layers.js';
import { tensorsInOrder } from './tensors-in-order.js';

/**
 * For Keras 3: `model.json`, which `keras.models.model_from_json` reads, and `model.safetensors` with one tensor for each
 * variable, named `layer.variable` and laid out as Keras does (convolutions [height, width, in, out], dense layers [in, out]).
 * @throws ModelError as `tensorsInOrder`
 */
export function exportKeras(model: ExportableModel): ExportedFile[] {
  const layers = resolveLayers(model.spec);
  const names = new Set(layers.map(({ name }) => name));
  const input = names.has('input') ? 'fedseal_input' : 'input';
  const json = {
    module: 'keras',
    class_name: 'Sequential',
    config: {
      name: 'sequential',
      trainable: true,
      dtype: 'float32',
      layers: [
        inModule({ class_name: 'InputLayer', config: { batch_shape: [null, ...model.spec.inputShape], dtype: 'float32', name: input } }),
        ...layers.map((layer) => inModule(kerasLayer(layer))),
      ],
    },
    registered_name: null,
  };
  return [
    { name: 'model.json', content: `${JSON.stringify(json, null, 1)}\n` },
    { name: 'model.safetensors', content: encodeSafetensors(tensorsInOrder(model), model.metadata) },
  ];
}

function inModule(layer: { readonly class_name: string; readonly config: object }) {
  return { module: 'keras.layers', ...layer, registered_name: null };
}
