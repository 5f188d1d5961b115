/// <reference types="node" />
import type { FoldJob } from '../aggregate/fold-crew.js';
import { ModelError } from '../model-error.js';

export interface FoldThreadData {
  readonly memory: object;
  readonly control: SharedArrayBuffer;
  readonly index: number;
}

/** What a thread is about. A thread goes from starting to idle; the caller makes it busy; it makes itself done. */
export const STATE = { starting: 0, idle: 1, busy: 2, failed: 3 } as const;

/** Words of a slot: state, sums, four sources, number of sources, count, largest, folded, then four float64 scales. */
const SLOT_BYTES = 128;
const SCALES_BYTE = 64;
const WORD = { state: 0, sums: 1, sources: 2, updates: 6, count: 7, largest: 8, folded: 9 } as const;

export function controlBuffer(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * SLOT_BYTES);
}

/** The place where the caller and one thread meet. Words other than the state are written by whoever is not being waited for. */
export class FoldSlot {
  private readonly words: Int32Array;
  private readonly scales: Float64Array;

  constructor(control: SharedArrayBuffer, index: number) {
    this.words = new Int32Array(control, index * SLOT_BYTES, SCALES_BYTE / 4);
    this.scales = new Float64Array(control, index * SLOT_BYTES + SCALES_BYTE, 4);
  }

  get state(): number {
    return Atomics.load(this.words, WORD.state);
  }

  become(state: number): void {
    Atomics.store(this.words, WORD.state, state);
    Atomics.notify(this.words, WORD.state);
  }

  waitWhile(state: number): void {
    while (this.state === state) Atomics.wait(this.words, WORD.state, state);
  }

  start(job: FoldJob): void {
    this.words.set([job.sums, ...job.sources], WORD.sums);
    this.words.set([job.sources.length, job.count, job.largest], WORD.updates);
    this.scales.set(job.scales);
    this.become(STATE.busy);
  }

  /** Offsets above 2^31 come back as they went in. */
  job(): FoldJob {
    const { words } = this;
    const updates = words[WORD.updates]!;
    return {
      sums: words[WORD.sums]! >>> 0,
      sources: [...words.subarray(WORD.sources, WORD.sources + updates)].map((offset) => offset >>> 0),
      scales: [...this.scales.subarray(0, updates)],
      count: words[WORD.count]!,
      largest: words[WORD.largest]!,
    };
  }

  finish(folded: number): void {
    this.words[WORD.folded] = folded;
    this.become(STATE.idle);
  }

  /** Waits for the thread. @returns the elements it folded. @throws ModelError `thread-failed` */
  folded(): number {
    this.waitWhile(STATE.busy);
    if (this.state === STATE.failed) throw new ModelError('thread-failed', 'A folding thread failed; the sum it worked on must be begun anew.');
    return this.words[WORD.folded]!;
  }
}
