import type { ModelSpec } from './layer-spec.js';
import { resolveLayers } from './resolve-layers.js';
import type { TensorSpec } from './tensor-spec.js';

/**
 * The tensors of a model in order of its layers, kernel before bias, under names such as `conv2d.kernel` and `dense_1.bias`.
 * @throws ModelError as `resolveLayers`
 */
export function tensorSpecs(model: ModelSpec): TensorSpec[] {
  return resolveLayers(model).flatMap((layer) => layer.tensors);
}
