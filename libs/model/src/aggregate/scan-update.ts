import { judgeMagnitude, type ScanVerdict } from './accumulators.js';
import { largestMagnitude } from './wasm-accumulators.js';

/**
 * Looks for a NaN, an infinity or |Δ| > bound in one array of deltas. A value equal to the bound is within it; where both
 * faults occur the answer is `non-finite`, wherever they stand.
 */
export function scanUpdate(data: Float32Array, bound: number): ScanVerdict {
  return judgeMagnitude(largestMagnitude(data), bound);
}
