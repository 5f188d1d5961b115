/// <reference types="node" />
import { parentPort } from 'node:worker_threads';
import { MIN_CHUNK_TRIES, nextChunkTries } from '../pow/chunk-tries.js';
import { createSearcher } from '../pow/searcher.js';
import { measureSearchRate } from './search-rate.js';
import { SearchControl } from './search-task.js';
import type { SearchTask, ThreadAnswer, ThreadTask } from './search-task.js';

/** The entry of a search thread: it takes one task after another from `SearchPool`. */

if (!parentPort) throw new Error('search-thread is started by SearchPool, as a worker thread.');
const port = parentPort;

const NS_PER_MS = 1e6;
/** What this thread's chunks have settled at; it stays from search to search. */
let chunkTries = MIN_CHUNK_TRIES;

port.on('message', (task: ThreadTask) => {
  const answer = task.kind === 'search' ? search(task) : measure(task.task, task.durationMs);
  if (answer) port.postMessage(answer);
});

/** @returns undefined when the search was stopped. */
function search({ task, header, sealStartMs, startedAtNs, control: shared, index }: SearchTask): ThreadAnswer | undefined {
  const control = new SearchControl(shared);
  const searcher = createSearcher(header);
  const elapsedMs = () => Number(process.hrtime.bigint() - startedAtNs) / NS_PER_MS;
  let start = 0n;
  // Nonces go on from chunk to chunk: two chunks may fall into the same millisecond.
  for (let beganMs = elapsedMs(); !control.stopped; ) {
    const timestampMs = sealStartMs + Math.floor(beganMs);
    searcher.setTimestamp(timestampMs);
    const nonce = searcher.run(start, chunkTries);
    control.countTries(index, nonce === undefined ? BigInt(chunkTries) : nonce - start + 1n);
    if (nonce !== undefined) return { kind: 'found', task, index, timestampMs, nonce };
    start += BigInt(chunkTries);
    const endedMs = elapsedMs();
    chunkTries = nextChunkTries(chunkTries, endedMs - beganMs);
    beganMs = endedMs;
  }
  return undefined;
}

function measure(task: number, durationMs: number): ThreadAnswer {
  return { kind: 'measured', task, triesPerSecond: measureSearchRate(durationMs) };
}
