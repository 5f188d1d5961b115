/** One figure beside one baseline, both measured in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string | null;
  /** value ÷ baseline. */
  readonly ratio: number | null;
}

/** The nearest-rank percentile: the smallest value that at least `share` of the values do not exceed. @param share in (0, 1] */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.ceil(share * sorted.length) - 1];
  if (value === undefined) throw new RangeError('There is no percentile of nothing.');
  return value;
}
