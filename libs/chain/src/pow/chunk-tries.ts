import { CHUNK_TRIES } from './searcher.js';

/**
 * A header's timestamp is that of the chunk of tries in which its search ended, so that a chunk is what time is measured
 * in: it should last about a millisecond, a timestamp's unit, whatever the machine. Filling the kernel's slots for a chunk
 * takes some 8 µs, less than one per cent of that.
 */
export const CHUNK_MS = 1;
/** Searches that are shorter than a chunk need no more. */
export const MIN_CHUNK_TRIES = 2 ** 10;

/** @returns how many tries the chunk after one of `tries` should have, when that took `tookMs`. */
export function nextChunkTries(tries: number, tookMs: number): number {
  if (tookMs > CHUNK_MS) return Math.max(MIN_CHUNK_TRIES, tries / 2);
  return tookMs < CHUNK_MS / 2 ? Math.min(CHUNK_TRIES, tries * 2) : tries;
}
