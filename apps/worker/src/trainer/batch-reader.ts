import { imageSize, type Dataset } from '../data/dataset.js';
import type { Batch } from './model-session.js';

/** Turns stored values into a batch of scaled float32 inputs. */
export class BatchReader {
  /** fround(byte / scale) of every byte. */
  readonly #scaled: Float32Array;

  /** @param inputScale what values are divided by */
  constructor(
    private readonly dataset: Dataset,
    private readonly inputScale: number,
  ) {
    this.#scaled = Float32Array.from({ length: 256 }, (_, byte) => byte / inputScale);
  }

  /** The examples at `indices`, in that order; new arrays, which the backend may keep. */
  read(indices: Uint32Array): Batch {
    const { images, labels } = this.dataset;
    // Locals: this is the only work on the training thread that no kernel does.
    const scaled = this.#scaled;
    const size = imageSize(this.dataset);
    const inputs = new Float32Array(indices.length * size);
    const batch = { inputs, labels: new Int32Array(indices.length), count: indices.length };
    for (let i = 0, to = 0; i < indices.length; i++) {
      const from = indices[i]! * size;
      // A table of fractions has no table of scaled bytes.
      if (images instanceof Uint8Array) for (let at = from; at < from + size; at++) inputs[to++] = scaled[images[at]!]!;
      else for (let at = from; at < from + size; at++) inputs[to++] = images[at]! / this.inputScale;
      batch.labels[i] = labels[indices[i]!]!;
    }
    return batch;
  }
}
