import { elementCount, sameShape, sortedByName, type Tensor, type TensorShape } from '../tensors.js';
import { scanUpdate } from './scan-update.js';

/** Why an update cannot be folded: sealed as the reason of its verdict. */
export type UpdateFault =
  | 'tensor-missing' | 'tensor-unknown' | 'shape-mismatch' | 'dtype-mismatch' | 'non-finite' | 'out-of-bound';

/** An update's tensor as its file held it; without a dtype it is taken for float32. */
export type UpdateTensor = Tensor & {
  readonly dtype?: string;
  /** The largest magnitude's bits, where exactly these bytes were scanned before. */
  readonly largest?: number | undefined;
};

/** B of a tensor by its name, or one for all. */
export type Bound = number | ((tensor: string) => number);

export function boundOf(bound: Bound, tensor: string): number {
  return typeof bound === 'number' ? bound : bound(tensor);
}

/**
 * Checks an update's deltas against the base model's tensors. The whole update is refused for one bad element: nothing is
 * clamped in silence. The answer is the same for everybody: names first (unknown or twice, then missing), then dtype
 * and shape, then values, each in order of names.
 */
export function validateUpdate(
  base: readonly TensorShape[],
  update: readonly UpdateTensor[],
  bound: Bound,
): 'ok' | UpdateFault {
  const layout = validateLayout(base, update);
  if (layout !== 'ok') return layout;
  for (const { name, data, largest } of sortedByName(update)) {
    const verdict = scanUpdate(data, boundOf(bound, name), largest);
    if (verdict !== 'ok') return verdict;
  }
  return 'ok';
}

/** `validateUpdate` without the values. */
export function validateLayout(base: readonly TensorShape[], update: readonly UpdateTensor[]): 'ok' | UpdateFault {
  const expected = new Map(base.map((tensor) => [tensor.name, tensor]));
  const found = new Set<string>();
  for (const { name } of update) {
    if (!expected.has(name) || found.has(name)) return 'tensor-unknown';
    found.add(name);
  }
  if (found.size < expected.size) return 'tensor-missing';
  for (const { name, dtype, shape, data } of sortedByName(update)) {
    if (dtype !== undefined && dtype !== 'F32') return 'dtype-mismatch';
    if (!sameShape(shape, expected.get(name)!.shape) || data.length !== elementCount(shape)) return 'shape-mismatch';
  }
  return 'ok';
}
