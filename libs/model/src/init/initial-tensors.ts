import type { ModelSpec } from '../layers/layer-spec.js';
import type { TensorSpec } from '../layers/tensor-spec.js';
import { tensorSpecs } from '../layers/tensor-specs.js';
import { ModelError } from '../model-error.js';
import { elementCount, type Tensor } from '../tensors.js';
import { Xoshiro128 } from './xoshiro128.js';

/**
 * The initial model that anyone can rebuild from a plan, bit for bit, in any language: kernels Glorot-uniform (Glorot, Bengio
 * 2010), U(−l, l) with l = √(6 / (fanIn + fanOut)), biases zero.
 *
 * One stream of xoshiro128** seeded by `seed` feeds the kernels in order of the layers, row-major. Each element takes one
 * integer r and is fround((2·⌊r / 2^8⌋ + 1 − 2^24) · 2^-24 · l): 24-bit midpoints, symmetric about zero. Only + − × ÷ and
 * √ occur, which IEEE 754 rounds alike everywhere.
 * @param seed 0 to 2^53 − 1
 * @throws ModelError `seed-invalid`, or as `resolveLayers`
 */
export function initialTensors(model: ModelSpec, seed: number): Tensor[] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ModelError('seed-invalid', `A seed must be a whole number from 0 to 2^53 − 1, not ${seed}.`);
  }
  const random = Xoshiro128.fromSeed(seed);
  return tensorSpecs(model).map((spec) => ({ name: spec.name, shape: spec.shape, data: initialData(spec, random) }));
}

function initialData({ shape, initializer, fanIn, fanOut }: TensorSpec, random: Xoshiro128): Float32Array {
  const data = new Float32Array(elementCount(shape));
  if (initializer === 'zeros') return data;
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  for (let i = 0; i < data.length; i++) {
    data[i] = ((2 * (random.next() >>> 8) + 1 - 0x1000000) / 0x1000000) * limit;
  }
  return data;
}
