/// <reference types="node" />
import { createHash, hash } from 'node:crypto';
import { HEADER_OFFSETS } from '../header/header.js';
import { CHUNK_TRIES, createSearcher } from '../pow/searcher.js';
import { unreachableHeader } from './search-rate.js';

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
/** Nonces between two looks at the clock in the baselines. */
const BASELINE_BATCH = 256;

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

/** Tries some nonces. @returns how many. */
type Variant = () => number;

function rateOf(tryNonces: Variant, ms: number): number {
  const started = performance.now();
  let tries = 0;
  let elapsed = 0;
  do {
    tries += tryNonces();
    elapsed = performance.now() - started;
  } while (elapsed < ms);
  return (1000 * tries) / elapsed;
}

function kernelTries(): Variant {
  const searcher = createSearcher(unreachableHeader());
  let nonce = 0n;
  return () => {
    searcher.run(nonce, CHUNK_TRIES);
    nonce += BigInt(CHUNK_TRIES);
    return CHUNK_TRIES;
  };
}

const streamDigest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const oneShotDigest = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

function hashTries(digest: (bytes: Uint8Array) => Buffer): Variant {
  const header = unreachableHeader();
  const view = new DataView(header.buffer);
  let nonce = 0;
  let least = 2 ** 32;
  return () => {
    for (let i = 0; i < BASELINE_BATCH; i++) {
      view.setUint32(HEADER_OFFSETS.nonce + 4, nonce++);
      // As in the kernel, the first word decides.
      least = Math.min(least, digest(header).readUInt32BE(0));
    }
    return BASELINE_BATCH;
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
