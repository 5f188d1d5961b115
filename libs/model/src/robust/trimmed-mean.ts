import { checkRows, checkTrim } from './check-rows.js';
import { OrderStatistics } from './order-statistics.js';

/**
 * The trimmed mean of each coordinate (Yin, Chen, Ramchandran, Bartlett 2018, arXiv:1803.01498, definition 2; their βm is
 * `trim`): the `trim` smallest and the `trim` largest values are left out, ordered as in `coordinateMedian`; the rest are
 * added from +0 in ascending order in float64, divided by their number, and rounded to float32 once.
 *
 * The bits depend on the set of rows, never on their order, and on each coordinate alone.
 * @param rows the same stretch of each update, without NaN; as many elements each as `out` has
 * @param trim 0 or more, less than half of the rows
 * @param out receives the means
 * @throws ModelError `rows-empty`, `length-mismatch`, `trim-invalid`
 */
export function trimmedMean(rows: readonly Float32Array[], trim: number, out: Float32Array): void {
  checkRows(rows, out.length);
  checkTrim(rows.length, trim);
  const statistics = new OrderStatistics(rows.length, trim, rows.length - trim);
  statistics.trimmedMean(rows, trim, out);
  statistics.release();
}
