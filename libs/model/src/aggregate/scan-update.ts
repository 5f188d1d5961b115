import { judgeMagnitude, type ScanVerdict } from './accumulators.js';
import { largestMagnitude } from './wasm-accumulators.js';

/**
 * Looks for a NaN, an infinity or |Δ| > bound in one array of deltas. A value equal to the bound is within it; where both
 * faults occur the answer is `non-finite`, wherever they stand.
 * @param largest the largest magnitude's bits, where exactly these bytes were scanned before
 */
export function scanUpdate(data: Float32Array, bound: number, largest = largestMagnitude(data)): ScanVerdict {
  return judgeMagnitude(largest, bound);
}
