/// <reference types="node" />
import { createHash, hash } from 'node:crypto';
import { HEADER_OFFSETS } from '../header/header.js';
import { CHUNK_TRIES, createSearcher } from '../pow/searcher.js';
import { unreachableHeader } from './search-rate.js';

/** What the benchmarks of the search measure: ways to try nonces, and how fast they are. */

/** Nonces between two looks at the clock in the baselines. */
const BASELINE_BATCH = 256;

/** Tries some nonces. @returns how many. */
export type Variant = () => number;

/** Busies the calling thread. @returns tries per second. */
export function rateOf(tryNonces: Variant, ms: number): number {
  const started = performance.now();
  let tries = 0;
  let elapsed = 0;
  do {
    tries += tryNonces();
    elapsed = performance.now() - started;
  } while (elapsed < ms);
  return (1000 * tries) / elapsed;
}

/** The generated kernel. */
export function kernelTries(): Variant {
  const searcher = createSearcher(unreachableHeader());
  let nonce = 0n;
  return () => {
    searcher.run(nonce, CHUNK_TRIES);
    nonce += BigInt(CHUNK_TRIES);
    return CHUNK_TRIES;
  };
}

export const streamDigest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
export const oneShotDigest = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/** Hashing the whole header for each nonce. */
export function hashTries(digest: (bytes: Uint8Array) => Buffer): Variant {
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

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
