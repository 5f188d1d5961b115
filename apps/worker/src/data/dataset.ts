/** Labelled images held in memory, one byte a value. */
export interface Dataset {
  /** count × height × width × channels, row-major. */
  readonly images: Uint8Array;
  /** One class each, 0 … classes − 1. */
  readonly labels: Uint8Array;
  /** [height, width, channels] */
  readonly shape: readonly [number, number, number];
  readonly count: number;
  /** Of the whole data set: a part of it may lack some. */
  readonly classes: number;
}

/** The examples at `indices`, in that order. */
export function selectExamples(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const size = imageSize(dataset);
  const images = new Uint8Array(indices.length * size);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]!;
    images.set(dataset.images.subarray(from * size, (from + 1) * size), i * size);
    labels[i] = dataset.labels[from]!;
  }
  return { ...dataset, images, labels, count: indices.length };
}

/** Bytes of one image. */
export function imageSize({ shape: [height, width, channels] }: Pick<Dataset, 'shape'>): number {
  return height * width * channels;
}
