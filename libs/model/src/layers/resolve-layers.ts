import { ModelError } from '../model-error.js';
import { layerForm } from './layer-forms.js';
import type { LayerSpec, ModelSpec } from './layer-spec.js';
import type { TensorSpec } from './tensor-spec.js';

/** A layer with its name, the shapes around it (without the batch) and its tensors. */
export interface ResolvedLayer<L extends LayerSpec = LayerSpec> {
  readonly name: string;
  readonly spec: L;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly tensors: readonly TensorSpec[];
}

/**
 * Walks the layer list from the input to the output. Unnamed layers are called as Keras calls them: `conv2d`, `conv2d_1`, …
 * @throws ModelError `layer-name-duplicate`, `layer-input-rank`, `layer-window` (a window larger than its input), `shape-invalid`
 */
export function resolveLayers(model: ModelSpec): ResolvedLayer[] {
  const unnamed = new Map<string, number>();
  const names = new Set<string>();
  let inputShape: readonly number[] = model.inputShape;
  return model.layers.map((spec) => {
    const name = spec.name ?? defaultName(spec, unnamed);
    if (names.has(name)) throw new ModelError('layer-name-duplicate', `Two layers are named ${name}; give one of them another name.`);
    names.add(name);
    const { outputShape, tensors } = layerForm(spec, name, inputShape);
    const layer = {
      name, spec, inputShape, outputShape,
      tensors: tensors.map((tensor) => ({ ...tensor, name: `${name}.${tensor.name}` })),
    };
    inputShape = outputShape;
    return layer;
  });
}

const KERAS_NAMES: Record<LayerSpec['type'], string> = {
  conv2d: 'conv2d', maxPooling2d: 'max_pooling2d', flatten: 'flatten', dense: 'dense',
};

function defaultName(spec: LayerSpec, unnamed: Map<string, number>): string {
  const stem = KERAS_NAMES[spec.type];
  const before = unnamed.get(stem) ?? 0;
  unnamed.set(stem, before + 1);
  return before === 0 ? stem : `${stem}_${before}`;
}
