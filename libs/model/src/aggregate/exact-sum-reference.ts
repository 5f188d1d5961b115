import { ExactSum } from './exact-sum.js';
import type { Grid } from './grid.js';
import { PlainAccumulators } from './plain-accumulators.js';

/** `ExactSum` without WebAssembly: the same bits from plain TypeScript, several times slower. */
export class ExactSumReference extends ExactSum {
  constructor(length: number, grid: Grid) {
    super(length, grid, { accumulators: new PlainAccumulators(length), at: 0 });
  }
}
