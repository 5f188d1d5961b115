import { LandedUpdate } from '../aggregate/landed-update.js';
import type { UpdateTensor } from '../aggregate/validate-update.js';
import { Xoshiro128 } from '../init/xoshiro128.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';
import { elementCount, type Tensor, type TensorShape } from '../tensors.js';

/** A size that aggregation is measured at. */
export interface BenchSize {
  readonly shapes: readonly (readonly number[])[];
  /** K. */
  readonly updates: number;
  /** Different updates, used in turn: more bytes than any cache holds. */
  readonly distinct: number;
}

/** McMahan's CNN, 1,663,370 parameters. */
export const CNN: BenchSize = {
  shapes: [[5, 5, 1, 32], [32], [5, 5, 32, 64], [64], [3136, 512], [512], [512, 10], [10]],
  updates: 100,
  distinct: 32,
};

/** 25 million parameters. */
export const LARGE: BenchSize = { shapes: [[5000, 4000], [2000, 2000], [1000, 1000]], updates: 24, distinct: 4 };

export const BOUND = 8;
export const EXAMPLES = 600;

export function shapesOf({ shapes }: BenchSize): TensorShape[] {
  return shapes.map((shape, i) => ({ name: `tensor_${i}`, shape }));
}

export function parametersOf({ shapes }: BenchSize): number {
  return shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
}

/** Seeded deltas between −1/64 and 1/64. */
export function seededUpdate(size: BenchSize, seed: number): Tensor[] {
  const random = Xoshiro128.fromSeed(seed);
  return shapesOf(size).map(({ name, shape }) => {
    return { name, shape, data: Float32Array.from({ length: elementCount(shape) }, () => random.next() / 2 ** 37 - 2 ** -6) };
  });
}

export interface LandedTensors {
  readonly tensors: readonly UpdateTensor[];
  release(): void;
}

/** An update where the coordinator has it when it is accepted: in kernel memory, scanned as it came. */
export function landedUpdate(size: BenchSize, seed: number): LandedTensors {
  const file = encodeSafetensors(seededUpdate(size, seed));
  const landed = LandedUpdate.begin(file.length);
  landed?.push(file);
  const tensors = landed?.scanned();
  if (landed === undefined || tensors === undefined) throw new Error('There is no kernel memory left for the benchmark’s updates.');
  return { tensors, release: () => landed.release() };
}
