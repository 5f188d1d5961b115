/** Labelled examples held in memory: images one byte a value, or the rows of a table. */
export interface Dataset {
  /** count × height × width × channels, row-major. float32 where values are no whole numbers of 0 … 255. */
  readonly images: Uint8Array | Float32Array;
  /** One class each, 0 … classes − 1. */
  readonly labels: Uint8Array;
  /** [height, width, channels]; a table has [1, 1, columns]. */
  readonly shape: readonly [number, number, number];
  readonly count: number;
  /** Of the whole data set: a part of it may lack some. */
  readonly classes: number;
  /** In order of the classes, where the source names them. */
  readonly classNames?: readonly string[];
}

/** Labels are bytes. */
export const MOST_CLASSES = 256;

/** The examples at `indices`, in that order. */
export function selectExamples(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const size = imageSize(dataset);
  const images = dataset.images instanceof Uint8Array ? new Uint8Array(indices.length * size) : new Float32Array(indices.length * size);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]!;
    images.set(dataset.images.subarray(from * size, (from + 1) * size), i * size);
    labels[i] = dataset.labels[from]!;
  }
  return { ...dataset, images, labels, count: indices.length };
}

/** Values of one example. */
export function imageSize({ shape: [height, width, channels] }: Pick<Dataset, 'shape'>): number {
  return height * width * channels;
}
