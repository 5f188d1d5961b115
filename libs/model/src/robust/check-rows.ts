import { ModelError } from '../model-error.js';

/**
 * What every robust rule asks of its rows: one stretch of each update, all of one length.
 * @throws ModelError `rows-empty` (no row), `length-mismatch`
 */
export function checkRows(rows: readonly Float32Array[], length: number): void {
  if (rows.length === 0) throw new ModelError('rows-empty', 'A robust rule needs at least one update.');
  for (const row of rows) {
    if (row.length !== length) {
      throw new ModelError('length-mismatch', `A row of ${row.length} elements stands beside ${length}; every update gives the same stretch.`);
    }
  }
}

/** @throws ModelError `trim-invalid` unless a row is left between those that are cut off */
export function checkTrim(count: number, trim: number): void {
  if (!Number.isSafeInteger(trim) || trim < 0 || 2 * trim >= count) {
    throw new ModelError('trim-invalid', `Of ${count} updates, ${trim} at either end cannot be cut; at least one must be left.`);
  }
}
