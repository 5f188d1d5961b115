/** One figure of `npm run bench`. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against; null for a figure without a baseline. */
  readonly against: string | null;
  /** value ÷ the baseline's value, measured in the same run; null without one. */
  readonly ratio: number | null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
