/** What the pool and its threads say to each other. */

/** Search until found or told to stop. */
export interface SearchTask {
  readonly kind: 'search';
  readonly task: number;
  /** 176 bytes, with this thread's own extraNonce; timestampMs and nonce are the thread's to set. */
  readonly header: Uint8Array;
  readonly sealStartMs: number;
  /** When the search began by `process.hrtime`, which all threads of a process share. */
  readonly startedAtNs: bigint;
  readonly control: SharedArrayBuffer;
  /** This thread's place among the counters. */
  readonly index: number;
}

/** Measure the thread's own rate. */
export interface MeasureTask {
  readonly kind: 'measure';
  readonly task: number;
  readonly durationMs: number;
}

export type ThreadTask = SearchTask | MeasureTask;

export type ThreadAnswer =
  | { readonly kind: 'found'; readonly task: number; readonly index: number; readonly timestampMs: number; readonly nonce: bigint }
  | { readonly kind: 'measured'; readonly task: number; readonly triesPerSecond: number };

const COUNTERS_OFFSET = 8;

/**
 * Memory that one search shares with its threads, so that they can be stopped while they compute. A new search gets a
 * new one: a thread that still runs its last chunk for an older search cannot disturb it.
 */
export class SearchControl {
  readonly #stop: Int32Array;
  readonly #tries: BigUint64Array;

  constructor(readonly buffer: SharedArrayBuffer) {
    this.#stop = new Int32Array(buffer, 0, 1);
    this.#tries = new BigUint64Array(buffer, COUNTERS_OFFSET);
  }

  static forThreads(threads: number): SearchControl {
    return new SearchControl(new SharedArrayBuffer(COUNTERS_OFFSET + 8 * threads));
  }

  stop(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#stop, 0) !== 0;
  }

  countTries(index: number, tries: bigint): void {
    Atomics.add(this.#tries, index, tries);
  }

  /** Tries of all threads so far, each thread's unfinished chunk not counted. */
  get tries(): bigint {
    return this.#tries.reduce((sum, _, index) => sum + Atomics.load(this.#tries, index), 0n);
  }
}
