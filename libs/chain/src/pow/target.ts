import { ChainError } from '../chain-error.js';

/**
 * The rule `2^k · hash < T` with `T = m · 2^224`, in big integers: k counts doublings, m is the threshold's mantissa, and
 * its range 2^31 ≤ m < 2^32 leaves every difficulty one spelling.
 */
export interface Difficulty {
  readonly k: number;
  readonly m: number;
}

export const MAX_K = 224;
export const MIN_M = 2 ** 31;
export const MAX_M = 2 ** 32 - 1;
/** T = m · 2^224 */
const MANTISSA_SHIFT = 224n;

/** @throws ChainError `header.k` or `header.m` outside 0 ≤ k ≤ 224, 2^31 ≤ m < 2^32. */
export function checkDifficulty(k: number, m: number): void {
  if (!Number.isInteger(k) || k < 0 || k > MAX_K) throw new ChainError('header.k', `k must be 0 to 224, not ${k}.`);
  if (!Number.isInteger(m) || m < MIN_M || m > MAX_M) {
    throw new ChainError('header.m', `m must be 2^31 to 2^32 − 1, not ${m}.`);
  }
}

/**
 * @returns the smallest hash, as an integer, that does not meet the target: `m · 2^(224 − k)`.
 * @throws ChainError as `checkDifficulty`
 */
export function hashBound(k: number, m: number): bigint {
  checkDifficulty(k, m);
  return BigInt(m) << (MANTISSA_SHIFT - BigInt(k));
}

/**
 * @param hash 32 bytes, read as a big-endian integer
 * @throws ChainError `pow.hash-length`; `header.k` or `header.m` as `checkDifficulty`
 */
export function meetsTarget(hash: Uint8Array, k: number, m: number): boolean {
  if (hash.length !== 32) throw new ChainError('pow.hash-length', `A block hash is 32 bytes; these are ${hash.length}.`);
  checkDifficulty(k, m);
  let value = 0n;
  for (const byte of hash) value = (value << 8n) | BigInt(byte);
  return value << BigInt(k) < BigInt(m) << MANTISSA_SHIFT;
}

/** Expected tries for one find, rounded down: `⌊2^(32+k) / m⌋`, at least 1. A chain's work is the sum. */
export function work(k: number, m: number): bigint {
  checkDifficulty(k, m);
  return (1n << BigInt(32 + k)) / BigInt(m);
}

/**
 * The difficulty whose expected number of tries is nearest from above to `E`: k = bitlen(E) − 1,
 * m = min(2^32 − 1, ⌊2^(32+k) / E⌋).
 * @throws ChainError `pow.expected-tries` outside 1 ≤ E < 2^225
 */
export function difficultyFor(E: bigint): Difficulty {
  if (E < 1n || E >= 1n << BigInt(MAX_K + 1)) {
    throw new ChainError('pow.expected-tries', `Expected tries must be 1 to 2^225 − 1, not ${E}.`);
  }
  const k = E.toString(2).length - 1;
  const m = Number((1n << BigInt(32 + k)) / E);
  return { k, m: Math.min(MAX_M, m) };
}
