import { ModelError } from './model-error.js';

/** A named float32 array in row-major order. `data.length` is the product of `shape`; a scalar has shape `[]`. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a tensor must look like, without its values. */
export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * @returns the number of elements of a shape.
 * @throws ModelError `shape-invalid` for a negative or fractional dimension, or a product past 2^53 − 1.
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) {
      throw new ModelError('shape-invalid', `A dimension must be a whole number of 0 or more, not ${dimension}.`);
    }
    count *= dimension;
    // Checked at each step: a later zero must not hide a product that was already rounded.
    if (!Number.isSafeInteger(count)) {
      throw new ModelError('shape-invalid', `The shape [${shape.join(', ')}] has too many elements to count exactly.`);
    }
  }
  return count;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/**
 * Order of tensor names everywhere: bytewise over UTF-8, which is the order of code points. JavaScript's own `<`
 * compares UTF-16 units and differs past U+FFFF.
 */
export function compareNames(a: string, b: string): number {
  let at = 0;
  for (;;) {
    const left = a.codePointAt(at);
    const right = b.codePointAt(at);
    if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? -1 : 1;
    if (left !== right) return left < right ? -1 : 1;
    at += left > 0xffff ? 2 : 1;
  }
}

/** Whether a string has half of a surrogate pair, which UTF-8 cannot hold. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** A copy sorted by name. */
export function sortedByName<T extends { readonly name: string }>(tensors: readonly T[]): T[] {
  return [...tensors].sort((a, b) => compareNames(a.name, b.name));
}

/** @throws ModelError `tensor-duplicate` or `shape-mismatch` when the list cannot be one model. */
export function checkTensors(tensors: readonly Tensor[]): void {
  const names = new Set<string>();
  for (const { name, shape, data } of tensors) {
    if (names.has(name)) throw new ModelError('tensor-duplicate', `Two tensors are named ${name}; names must differ.`);
    names.add(name);
    if (elementCount(shape) !== data.length) {
      throw new ModelError('shape-mismatch', `${name} has ${data.length} elements, its shape [${shape.join(', ')}] another number.`);
    }
  }
}
