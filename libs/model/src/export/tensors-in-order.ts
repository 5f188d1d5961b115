import { tensorSpecs } from '../layers/tensor-specs.js';
import { ModelError } from '../model-error.js';
import { sameShape, type Tensor } from '../tensors.js';
import type { ExportableModel } from './exported-file.js';

/**
 * The tensors in the order of the layers, each checked against its layer.
 * @throws ModelError `shape-mismatch` where a tensor is missing, of another shape, or not of this model
 */
export function tensorsInOrder({ spec, tensors }: Pick<ExportableModel, 'spec' | 'tensors'>): Tensor[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const ordered = tensorSpecs(spec).map(({ name, shape }) => {
    const tensor = byName.get(name);
    if (tensor === undefined) throw new ModelError('shape-mismatch', `The file lacks ${name} of the model "${spec.name}"; give the plan that it was trained by.`);
    if (!sameShape(tensor.shape, shape)) {
      throw new ModelError('shape-mismatch', `${name} is [${tensor.shape.join(', ')}] in the file and [${shape.join(', ')}] in the model "${spec.name}"; give the plan that it was trained by.`);
    }
    byName.delete(name);
    return tensor;
  });
  const [stranger] = byName.keys();
  if (stranger !== undefined) throw new ModelError('shape-mismatch', `The model "${spec.name}" has no ${stranger}; give the plan that the file was trained by.`);
  return ordered;
}
