/** One figure beside one baseline, both measured in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against; null for a figure without a baseline. */
  readonly against: string | null;
  /** value ÷ baseline; null without one. */
  readonly ratio: number | null;
}
