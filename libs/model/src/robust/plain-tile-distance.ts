/** Lanes of float32 that a tile is added in: part of the definition. */
export const LANES = 4;

/** The twin in plain TypeScript of kernels/squared-distances.ts: one tile's squared distance, as `SquaredDistances` defines it. */
export function plainTileDistance(a: Float32Array, b: Float32Array): number {
  const lanes = new Float32Array(LANES);
  for (let i = 0; i < a.length; i++) {
    const difference = Math.fround(a[i]! - b[i]!);
    const lane = i % LANES;
    // Stored as float32, so the sum is rounded once more, as an addition of float32 rounds it.
    lanes[lane] = lanes[lane]! + Math.fround(difference * difference);
  }
  return lanes[0]! + lanes[1]! + lanes[2]! + lanes[3]!;
}
