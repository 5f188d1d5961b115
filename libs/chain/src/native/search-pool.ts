/// <reference types="node" />
import { Worker } from 'node:worker_threads';
import { concatBytes } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { blockHash } from '../header/block-hash.js';
import { encodeHeader } from '../header/header.js';
import type { Header } from '../header/header.js';
import { meetsTarget } from '../pow/target.js';
import { nodeCrypto } from './node-crypto.js';
import { SearchControl } from './search-task.js';
import type { MeasureTask, SearchTask, ThreadAnswer, ThreadTask } from './search-task.js';

/** Random bytes of an extraNonce; the thread's number fills the other four. */
const EXTRA_NONCE_RANDOM_BYTES = 12;

export interface SearchOptions {
  readonly signal?: AbortSignal;
  /** Wall clock, ms since the epoch. */
  nowMs(): number;
  /** Monotonic clock, ms, for the time the search took. */
  monotonicMs(): number;
  randomBytes(length: number): Uint8Array;
}

export interface FoundHeader {
  /** 176 bytes that meet their target. */
  readonly header: Uint8Array;
  /** Hashes tried by all threads; a statistic, correct to one chunk per thread. */
  readonly tries: bigint;
  readonly seconds: number;
}

/** Distributes over tasks' kinds, so that what is common to all is filled in by the pool. */
type Untagged<T> = T extends ThreadTask ? Omit<T, 'task'> : never;

interface Running {
  readonly task: number;
  answer(answer: ThreadAnswer): void;
  fail(reason: unknown): void;
}

/**
 * Proof-of-work search on worker threads, one search at a time; the calling thread only waits. Threads start with the
 * first search and stay for the next. Neither an idle thread nor a search keeps the process alive.
 */
export class SearchPool {
  readonly #count: number;
  #threads: Worker[] = [];
  #running: Running | undefined;
  #lastTask = 0;
  #closed = false;

  /** @throws ChainError `pow.threads` unless `threads` is a positive integer */
  constructor({ threads }: { readonly threads: number }) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new ChainError('pow.threads', `A search needs at least one thread, not ${threads}.`);
    }
    this.#count = threads;
  }

  /**
   * Searches for a nonce. Of the template, `extraNonce`, `timestampMs` and `nonce` are ignored, and `sealStartMs` is the
   * earliest allowed (the previous block's timestampMs): the search begins at the later of it and now. Each thread has an
   * extraNonce of its own and refreshes timestampMs with every chunk, by the time elapsed since sealStartMs.
   * @throws the signal's reason when it aborts, within one chunk; ChainError `pow.busy`, `pow.closed`, `pow.thread` (a
   *   thread died), `pow.unconfirmed` (a find that `node:crypto` does not confirm)
   */
  async search(template: Header, options: SearchOptions): Promise<FoundHeader> {
    const { signal, nowMs, monotonicMs, randomBytes } = options;
    signal?.throwIfAborted();
    const sealStartMs = Math.max(nowMs(), template.sealStartMs);
    const startedMs = monotonicMs();
    const startedAtNs = process.hrtime.bigint();
    const random = randomBytes(EXTRA_NONCE_RANDOM_BYTES);
    const start: Header[] = Array.from({ length: this.#count }, (_, index) => ({
      ...template, sealStartMs, timestampMs: sealStartMs, extraNonce: extraNonce(random, index), nonce: 0n,
    }));
    const control = SearchControl.forThreads(this.#count);
    const tasks = start.map((header, index): Untagged<SearchTask> => ({
      kind: 'search', header: encodeHeader(header), sealStartMs, startedAtNs, control: control.buffer, index,
    }));
    const abort = () => this.#running?.fail(signal?.reason);
    try {
      const running = this.#run(tasks);
      signal?.addEventListener('abort', abort);
      const answer = await running;
      if (answer.kind !== 'found') throw new ChainError('pow.thread', 'A search thread answered another question.');
      const { timestampMs, nonce, index } = answer;
      const header = encodeHeader({ ...(start[index] as Header), timestampMs, nonce });
      if (!meetsTarget(blockHash(nodeCrypto, header), template.k, template.m)) {
        throw new ChainError('pow.unconfirmed', 'node:crypto does not confirm a find: do not mine on this machine.');
      }
      return { header, tries: control.tries, seconds: (monotonicMs() - startedMs) / 1000 };
    } finally {
      control.stop();
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * Measures one thread for `durationMs`, after a short warm-up. Keeps the process alive meanwhile.
   * @returns tries per second @throws ChainError `pow.busy`, `pow.closed` or `pow.thread`
   */
  async measureRate(durationMs: number): Promise<number> {
    const task: Untagged<MeasureTask> = { kind: 'measure', durationMs };
    const running = this.#run([task]);
    const thread = this.#threads[0];
    thread?.ref();
    try {
      const answer = await running;
      if (answer.kind !== 'measured') throw new ChainError('pow.thread', 'A search thread answered another question.');
      return answer.triesPerSecond;
    } finally {
      thread?.unref();
    }
  }

  /** Ends the threads; a running search rejects with ChainError `pow.closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.fail(closed());
    await this.#endThreads();
  }

  /** Gives one task to each of the first threads. @returns the first answer. */
  async #run(tasks: readonly Untagged<ThreadTask>[]): Promise<ThreadAnswer> {
    if (this.#closed) throw closed();
    if (this.#running) throw new ChainError('pow.busy', 'This pool searches already: wait for it or abort it.');
    const task = ++this.#lastTask;
    try {
      return await new Promise<ThreadAnswer>((answer, fail) => {
        this.#running = { task, answer, fail };
        tasks.forEach((untagged, index) => {
          this.#threads[index] ??= this.#startThread();
          this.#threads[index].postMessage({ ...untagged, task });
        });
      });
    } finally {
      this.#running = undefined;
    }
  }

  #startThread(): Worker {
    // A thread must not inherit options that are about the main program (`--input-type`, `--eval`).
    const thread = new Worker(threadFile(), { name: 'fedseal-search', execArgv: [] });
    const died = (detail: string, cause?: unknown) => {
      // Ended threads still report: only one that is in use matters.
      if (!this.#threads.includes(thread)) return;
      this.#running?.fail(new ChainError('pow.thread', `A search thread died: ${detail}. Search again.`, {}, { cause }));
      void this.#endThreads();
    };
    thread.on('message', (answer: ThreadAnswer) => {
      // Two threads may find at once, and an aborted search may find: only the running task's first answer counts.
      if (answer.task === this.#running?.task) this.#running.answer(answer);
    });
    thread.on('error', (error) => died(String(error), error));
    thread.on('exit', (code) => died(`exit code ${code}`));
    thread.unref();
    return thread;
  }

  async #endThreads(): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function closed(): ChainError {
  return new ChainError('pow.closed', 'This search pool is closed; make a new one.');
}

/** 16 bytes that differ from thread to thread for certain and from pool to pool but for a chance of 2^−96. */
function extraNonce(random: Uint8Array, index: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, index);
  return concatBytes(random, number);
}

/** A thread's entry must be JavaScript: run from source, it is the built file. */
function threadFile(): URL {
  const built = import.meta.url.replace(/\/src\/native\/[^/]+\.ts$/, '/dist/native/search-pool.js');
  return new URL('./search-thread.js', built);
}
