import { ModelError } from '../model-error.js';
import { elementCount, type Tensor, type TensorShape } from '../tensors.js';

/** Reads the updates of a round piece by piece, so that K of them need not be in memory at once. */
export interface UpdateSource {
  /**
   * Fills `out` with an update's deltas of one tensor, from element `start` on.
   * @param key the update's, as it was folded
   */
  read(key: string, tensor: string, start: number, out: Float32Array): Promise<void>;
}

/** Updates that are at hand whole. @param load an update's tensors by its key */
export function sourceOf(load: (key: string) => readonly Tensor[] | undefined): UpdateSource {
  return {
    async read(key, tensor, start, out) {
      const found = load(key)?.find(({ name }) => name === tensor);
      if (found === undefined) throw new ModelError('update-missing', `The update ${key} has no tensor ${tensor} to read.`);
      out.set(found.data.subarray(start, start + out.length));
    },
  };
}

/** An update's tensors of these shapes, whole. */
export async function readTensors(updates: UpdateSource, key: string, shapes: readonly TensorShape[]): Promise<Tensor[]> {
  const tensors: Tensor[] = [];
  for (const { name, shape } of shapes) {
    const data = new Float32Array(elementCount(shape));
    await updates.read(key, name, 0, data);
    tensors.push({ name, shape, data });
  }
  return tensors;
}

/** The same stretch of every update. */
export interface Stretch {
  readonly start: number;
  /** One row an update, in the order of the keys; written over by the next stretch. */
  readonly rows: readonly Float32Array[];
}

/** Memory that stretches of all updates together take, unless one tile of each takes more. */
const BUDGET_BYTES = 32 * 1024 * 1024;

/** A tensor of every update in stretches: a multiple of `tile` elements each, but for the last. */
export async function* stretches(
  updates: UpdateSource,
  keys: readonly string[],
  { name, shape }: TensorShape,
  tile: number,
  budgetBytes = BUDGET_BYTES,
): AsyncGenerator<Stretch> {
  const count = elementCount(shape);
  const tiles = Math.max(1, Math.floor(budgetBytes / (4 * tile * keys.length)));
  const length = Math.min(count, tiles * tile);
  const held = keys.map(() => new Float32Array(length));
  for (let start = 0; start < count; start += length) {
    const rows = held.map((row) => row.subarray(0, Math.min(length, count - start)));
    for (const [k, key] of keys.entries()) await updates.read(key, name, start, rows[k]!);
    yield { start, rows };
  }
}
