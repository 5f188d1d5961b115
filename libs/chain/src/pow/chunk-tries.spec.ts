import { describe, expect, it } from 'vitest';
import { CHUNK_MS, MIN_CHUNK_TRIES, nextChunkTries } from './chunk-tries.js';
import { CHUNK_TRIES } from './searcher.js';

describe('nextChunkTries', () => {
  it.each([[2_000], [5_000], [20_000], [60_000], [131_000]])('settles on chunks of half to one millisecond at %i tries per ms', (triesPerMs) => {
    let tries = MIN_CHUNK_TRIES;
    for (let chunk = 0; chunk < 10; chunk++) tries = nextChunkTries(tries, tries / triesPerMs);
    expect(tries / triesPerMs).toBeGreaterThanOrEqual(CHUNK_MS / 2);
    expect(tries / triesPerMs).toBeLessThanOrEqual(CHUNK_MS);
    expect(nextChunkTries(tries, tries / triesPerMs)).toBe(tries);
  });

  it('stays within its bounds, also after a pause', () => {
    expect(nextChunkTries(MIN_CHUNK_TRIES, 50)).toBe(MIN_CHUNK_TRIES);
    expect(nextChunkTries(CHUNK_TRIES, 0)).toBe(CHUNK_TRIES);
    expect(nextChunkTries(16_384, 3_600_000)).toBe(8_192);
  });
});
