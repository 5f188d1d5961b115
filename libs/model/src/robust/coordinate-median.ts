import { checkRows } from './check-rows.js';
import { OrderStatistics } from './order-statistics.js';

/**
 * The median of each coordinate (Yin, Chen, Ramchandran, Bartlett 2018, "Byzantine-Robust Distributed Learning: Towards
 * Optimal Statistical Rates", ICML, arXiv:1803.01498, definition 1).
 *
 * Values are ordered as numbers, −0 before +0. An odd count gives the middle one's own bits; an even count gives
 * fround((a + b) / 2) of the two in the middle, computed in float64. The bits depend on the set of rows, never on their
 * order, and on each coordinate alone, so any cut into stretches gives the same.
 * @param rows the same stretch of each update, without NaN; as many elements each as `out` has
 * @param out receives the medians
 * @throws ModelError `rows-empty`, `length-mismatch`
 */
export function coordinateMedian(rows: readonly Float32Array[], out: Float32Array): void {
  checkRows(rows, out.length);
  const middle = rows.length >> 1;
  const statistics = new OrderStatistics(rows.length, rows.length % 2 === 1 ? middle : middle - 1, middle + 1);
  statistics.median(rows, out);
  statistics.release();
}
