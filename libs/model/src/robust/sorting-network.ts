/**
 * Batcher's odd-even merge sort (Batcher 1968, "Sorting networks and their applications", AFIPS) for any number of lines, pruned to
 * the comparators that the wanted lines depend on.
 */

/** One comparator: the smaller of two lines goes to `low`, the larger to `high`; low < high. */
export interface Comparator {
  readonly low: number;
  readonly high: number;
}

/**
 * @param count lines
 * @param from first line whose sorted value is wanted
 * @param to line after the last one that is wanted
 * @returns comparators in order of execution; afterwards lines from ≤ k < to hold the k-th smallest value, others anything
 */
export function selectionNetwork(count: number, from: number, to: number): Comparator[] {
  const wanted = new Set<number>();
  for (let line = from; line < to; line++) wanted.add(line);
  const needed: Comparator[] = [];
  for (const comparator of mergeSortNetwork(count).reverse()) {
    const { low, high } = comparator;
    if (!wanted.has(low) && !wanted.has(high)) continue;
    wanted.add(low).add(high);
    needed.push(comparator);
  }
  return needed.reverse();
}

/** Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M: sorts any number of lines, not only powers of two. */
function mergeSortNetwork(count: number): Comparator[] {
  const comparators: Comparator[] = [];
  let top = 1;
  while (2 * top < count) top *= 2;
  for (let p = top; p >= 1; p = Math.floor(p / 2)) {
    let q = top;
    let r = 0;
    for (let d = p; ; d = q - p, q /= 2, r = p) {
      for (let low = 0; low + d < count; low++) {
        if ((low & p) === r) comparators.push({ low, high: low + d });
      }
      if (q === p) break;
    }
  }
  return comparators;
}
