import { sortedByName, type Tensor } from '../tensors.js';

const LANES = 8;

/**
 * The L2 norm of an update: lane l of eight adds Δ · Δ, exact in float64, over the elements l, l + 8, l + 16, … of each tensor in
 * order of names, from +0; then √(((l0 + l1) + (l2 + l3)) + ((l4 + l5) + (l6 + l7))).
 */
export function updateNorm(tensors: readonly Tensor[]): number {
  const lanes = new Float64Array(LANES);
  for (const { data } of sortedByName(tensors)) {
    for (let i = 0; i < data.length; i++) {
      const lane = i % LANES;
      lanes[lane] = lanes[lane]! + data[i]! * data[i]!;
    }
  }
  const [a, b, c, d, e, f, g, h] = lanes as unknown as [number, number, number, number, number, number, number, number];
  return Math.sqrt(a + b + (c + d) + (e + f + (g + h)));
}
