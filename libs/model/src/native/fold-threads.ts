/// <reference types="node" />
import { Worker } from 'node:worker_threads';
import type { FoldCrew, FoldJob } from '../aggregate/fold-crew.js';
import type { KernelMemory } from '../aggregate/kernel-memory.js';
import { runFold, SCANNED } from '../aggregate/sum-kernel.js';
import { ModelError } from '../model-error.js';
import { controlBuffer, FoldSlot, STATE, type FoldThreadData } from './fold-slot.js';

/** Measured: a job is handed out and taken back in some 20 µs, in which one core folds about 60,000 elements. */
const LEAST_ELEMENTS = 262_144;
/** Ranges begin at whole cache lines of sums and of updates. */
const ALIGNMENT = 16;

/**
 * Folds large tensors on several cores: the caller takes one range of the elements and each thread another. The call
 * returns when all are done, so nobody sees a sum half folded. Threads that have not started yet are not waited for, and none
 * keeps the process alive.
 */
export class FoldThreads implements FoldCrew {
  readonly leastElements: number;
  private readonly threads: readonly Worker[];
  private readonly slots: readonly FoldSlot[];
  private readonly ready: Promise<unknown>;

  /** @param threads beside the calling one. @throws ModelError `threads-invalid` */
  constructor(
    private readonly memory: KernelMemory,
    { threads, leastElements = LEAST_ELEMENTS }: { readonly threads: number; readonly leastElements?: number },
  ) {
    if (!Number.isInteger(threads) || threads < 1) throw new ModelError('threads-invalid', `Folding beside the caller needs at least one thread, not ${threads}.`);
    this.leastElements = leastElements;
    const control = controlBuffer(threads);
    this.slots = Array.from({ length: threads }, (_, index) => new FoldSlot(control, index));
    this.threads = this.slots.map((slot, index) => start({ memory: memory.memory, control, index }, slot));
    this.ready = Promise.all(this.threads.map((thread) => new Promise((resolve) => void thread.once('message', resolve).once('error', resolve))));
  }

  /** Resolves when every thread has started or failed; for measurements and tests. */
  async started(): Promise<void> {
    await this.ready;
  }

  fold(job: FoldJob): boolean {
    const idle = this.slots.filter((slot) => slot.state === STATE.idle);
    const ranges = cut(job, idle.length + 1);
    const [own, ...others] = ranges;
    others.forEach((range, i) => idle[i]!.start(range));
    const folded = [runFold(this.memory.kernel, own!), ...others.map((_, i) => idle[i]!.folded())];
    if (ranges.every(({ count }, i) => folded[i] === count)) return true;
    // What entered a sum leaves it exactly.
    ranges.forEach((range, i) => {
      runFold(this.memory.kernel, { ...range, scales: range.scales.map((scale) => -scale), count: folded[i]!, largest: SCANNED });
    });
    return false;
  }

  async close(): Promise<void> {
    for (const slot of this.slots) slot.become(STATE.failed);
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}

/** At most `parts` ranges of a job, one at least. */
function cut(job: FoldJob, parts: number): FoldJob[] {
  const size = Math.max(ALIGNMENT, Math.ceil(job.count / parts / ALIGNMENT) * ALIGNMENT);
  const ranges: FoldJob[] = [];
  for (let start = 0; start === 0 || start < job.count; start += size) {
    ranges.push({
      ...job,
      sums: job.sums + start * 8,
      sources: job.sources.map((source) => source + start * 4),
      count: Math.min(size, job.count - start),
    });
  }
  return ranges;
}

/** A thread's entry must be JavaScript: run from source, it is the built file. */
function start(workerData: FoldThreadData, slot: FoldSlot): Worker {
  const built = import.meta.url.replace(/\/src\/native\/[^/]+\.ts$/, '/dist/native/fold-threads.js');
  const thread = new Worker(new URL('./fold-thread.js', built), { name: 'fedseal-fold', execArgv: [], workerData });
  // A thread that ends is left out; a job it held would be lost, so nobody may wait for it any longer.
  thread.on('error', () => slot.become(STATE.failed)).unref();
  return thread;
}
