/// <reference types="node" />
import { hashTries, kernelTries, median, oneShotDigest, rateOf, streamDigest } from './search-variants.js';

/** One figure and what it was measured against, in the same run. */
export interface SearchBenchRow {
  readonly name: 'pow/search';
  /** The kernel on one core. */
  readonly value: number;
  readonly unit: 'MH/s';
  readonly against: 'createHash' | 'crypto.hash';
  /** Kernel ÷ baseline, the median of the passes. */
  readonly ratio: number;
}

/** Each pass measures every variant for a moment, so that a drift of the machine's speed meets all of them. */
const PASSES = 9;

/**
 * Measures the search kernel on the calling thread against hashing the whole header with `node:crypto` for each nonce.
 * @param seconds about how long all of it takes
 */
export async function benchSearch({ seconds }: { readonly seconds: number }): Promise<SearchBenchRow[]> {
  const variants = { kernel: kernelTries(), createHash: hashTries(streamDigest), 'crypto.hash': hashTries(oneShotDigest) };
  const sliceMs = (1000 * seconds) / (PASSES + 1) / 3;
  const kernel: number[] = [];
  const ratios = { createHash: [] as number[], 'crypto.hash': [] as number[] };
  // The first pass lets V8 compile and is not counted.
  for (let pass = 0; pass <= PASSES; pass++) {
    const rate = rateOf(variants.kernel, sliceMs);
    const stream = rateOf(variants.createHash, sliceMs);
    const oneShot = rateOf(variants['crypto.hash'], sliceMs);
    if (pass > 0) {
      kernel.push(rate);
      ratios.createHash.push(rate / stream);
      ratios['crypto.hash'].push(rate / oneShot);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const value = median(kernel) / 1e6;
  return (['createHash', 'crypto.hash'] as const).map((against) => (
    { name: 'pow/search', value, unit: 'MH/s', against, ratio: median(ratios[against]) }
  ));
}
