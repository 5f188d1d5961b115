/** One or four updates to be folded into a range of sums, all in one kernel memory: byte offsets, scales a · 2^s. */
export interface FoldJob {
  readonly sums: number;
  /** One or four. */
  readonly sources: readonly number[];
  readonly scales: readonly number[];
  /** Elements. */
  readonly count: number;
  /** −1 where the data were scanned before. */
  readonly largest: number;
}

/** Threads that fold side by side in one kernel memory. Ranges of elements are disjoint, so the bits are those of one thread. */
export interface FoldCrew {
  /** Below this many elements, waking threads costs more than they save. */
  readonly leastElements: number;
  /** Returns when all of it is folded, or false when a value was refused: then nothing of it is in the sums. */
  fold(job: FoldJob): boolean;
}
