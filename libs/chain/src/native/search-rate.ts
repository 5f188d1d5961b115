/// <reference types="node" />
import { encodeHeader } from '../header/header.js';
import { CHUNK_TRIES, createSearcher } from '../pow/searcher.js';
import { MAX_K, MIN_M } from '../pow/target.js';

/** Long enough for V8 to have compiled the kernel with its optimising compiler. */
const WARM_UP_MS = 100;

/** A header whose target nobody will ever meet. */
export function unreachableHeader(): Uint8Array {
  const zero = new Uint8Array(32);
  return encodeHeader({
    height: 0, chainId: zero, previousHash: zero, treeSize: 1, treeRoot: zero, rounds: 0, sealStartMs: 0, timestampMs: 0,
    k: MAX_K, m: MIN_M, extraNonce: zero.subarray(16), nonce: 0n,
  });
}

/** Runs the kernel on the calling thread, which is busy meanwhile. @returns tries per second. */
export function measureSearchRate(durationMs: number): number {
  const searcher = createSearcher(unreachableHeader());
  let nonce = 0n;
  const triesPerSecond = (ms: number) => {
    const started = performance.now();
    let tries = 0;
    let elapsed = 0;
    do {
      searcher.run(nonce, CHUNK_TRIES);
      nonce += BigInt(CHUNK_TRIES);
      tries += CHUNK_TRIES;
      elapsed = performance.now() - started;
    } while (elapsed < ms);
    return (1000 * tries) / elapsed;
  };
  triesPerSecond(WARM_UP_MS);
  return triesPerSecond(durationMs);
}
