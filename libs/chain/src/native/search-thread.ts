/// <reference types="node" />
import { parentPort } from 'node:worker_threads';
import { CHUNK_TRIES, createSearcher } from '../pow/searcher.js';
import { measureSearchRate } from './search-rate.js';
import { SearchControl } from './search-task.js';
import type { SearchTask, ThreadAnswer, ThreadTask } from './search-task.js';

/** The entry of a search thread: it takes one task after another from `SearchPool`. */

if (!parentPort) throw new Error('search-thread is started by SearchPool, as a worker thread.');
const port = parentPort;

const NS_PER_MS = 1_000_000n;

port.on('message', (task: ThreadTask) => {
  const answer = task.kind === 'search' ? search(task) : measure(task.task, task.durationMs);
  if (answer) port.postMessage(answer);
});

/** @returns undefined when the search was stopped. */
function search({ task, header, sealStartMs, startedAtNs, control: shared, index }: SearchTask): ThreadAnswer | undefined {
  const control = new SearchControl(shared);
  const searcher = createSearcher(header);
  // Nonces go on from chunk to chunk: two chunks may fall into the same millisecond.
  for (let start = 0n; !control.stopped; start += BigInt(CHUNK_TRIES)) {
    const timestampMs = sealStartMs + Number((process.hrtime.bigint() - startedAtNs) / NS_PER_MS);
    searcher.setTimestamp(timestampMs);
    const nonce = searcher.run(start, CHUNK_TRIES);
    control.countTries(index, nonce === undefined ? BigInt(CHUNK_TRIES) : nonce - start + 1n);
    if (nonce !== undefined) return { kind: 'found', task, index, timestampMs, nonce };
  }
  return undefined;
}

function measure(task: number, durationMs: number): ThreadAnswer {
  return { kind: 'measured', task, triesPerSecond: measureSearchRate(durationMs) };
}
