/// <reference types="node" />
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { decodeHeader } from '../header/header.js';
import type { Header } from '../header/header.js';
import { difficultyFor } from '../pow/target.js';
import { SearchPool } from './search-pool.js';
import { measureSearchRate, unreachableHeader } from './search-rate.js';
import { median } from './search-variants.js';

/** One figure and what it was measured against, in the same run. */
export interface ThreadsBenchRow {
  readonly name: 'pow/threads';
  /** Tries per second of a pool of two threads ÷ those of a pool of one. */
  readonly value: number;
  readonly unit: '×';
  /** What this machine gives two threads at all: hashes per second of two ÷ those of one. */
  readonly against: 'crypto.hash';
  /** The pool's scaling ÷ native hashing's, the median of the passes. */
  readonly ratio: number;
}

/** Each pass measures one and two threads of both kinds for a moment, so that a drift of the machine meets all of them. */
const PASSES = 7;
/** Expected length of one search on one thread, ms: its last chunks, some of which no counter sees, weigh little. */
const SEARCH_MS = 150;
const RATE_MS = 100;

/**
 * Measures how searching with two threads scales beside how native hashing does: two cores that share a cache, a clock or
 * other work give less than twice of anything.
 * @param seconds about how long all of it takes
 */
export async function benchThreads({ seconds }: { readonly seconds: number }): Promise<ThreadsBenchRow[]> {
  const sliceMs = (1000 * seconds) / (PASSES + 1) / 4;
  const template = searchTemplate(measureSearchRate(RATE_MS));
  const pools = [new SearchPool({ threads: 1 }), new SearchPool({ threads: 2 })] as const;
  const hashers = [hashThread(), hashThread()];
  // Neither searching nor idle threads keep a process alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    const scalings: number[] = [];
    const ratios: number[] = [];
    // The first pass starts the threads and lets V8 compile.
    for (let pass = 0; pass <= PASSES; pass++) {
      const searchOne = await searchRate(pools[0], template, sliceMs);
      const hashOne = await hashRate(hashers.slice(0, 1), sliceMs);
      const searchTwo = await searchRate(pools[1], template, sliceMs);
      const hashTwo = await hashRate(hashers, sliceMs);
      if (pass === 0) continue;
      scalings.push(searchTwo / searchOne);
      ratios.push(searchTwo / searchOne / (hashTwo / hashOne));
    }
    return [{ name: 'pow/threads', value: median(scalings), unit: '×', against: 'crypto.hash', ratio: median(ratios) }];
  } finally {
    clearInterval(alive);
    await Promise.all([...pools.map((pool) => pool.close()), ...hashers.map((thread) => thread.terminate())]);
  }
}

function searchTemplate(triesPerSecond: number): Header {
  const expectedTries = BigInt(Math.round((triesPerSecond * SEARCH_MS) / 1000));
  return { ...decodeHeader(unreachableHeader()), ...difficultyFor(expectedTries) };
}

/** Whole searches, for at least so long. @returns tries per second. */
async function searchRate(pool: SearchPool, template: Header, durationMs: number): Promise<number> {
  let tries = 0n;
  let seconds = 0;
  while (1000 * seconds < durationMs) {
    const found = await pool.search(template, {
      nowMs: Date.now, monotonicMs: () => performance.now(), randomBytes: (length) => Uint8Array.from(randomBytes(length)),
    });
    tries += found.tries;
    seconds += found.seconds;
  }
  return Number(tries) / seconds;
}

async function hashRate(threads: readonly Worker[], durationMs: number): Promise<number> {
  const answers = threads.map((thread) => once(thread, 'message') as Promise<[number]>);
  for (const thread of threads) thread.postMessage(durationMs);
  return (await Promise.all(answers)).reduce((sum, [rate]) => sum + rate, 0);
}

/** A thread's entry must be JavaScript: run from source, it is the built file. */
function hashThread(): Worker {
  const built = import.meta.url.replace(/\/src\/native\/[^/]+\.ts$/, '/dist/native/threads-bench.js');
  return new Worker(new URL('./hash-thread.js', built), { name: 'fedseal-hash', execArgv: [] });
}
