/** The twin in plain TypeScript of the kernels in kernels/order-statistics.ts: the readable definition of every bit. */

/** See `coordinateMedian`. Rows were checked. */
export function plainMedian(rows: readonly Float32Array[], out: Float32Array): void {
  const upper = rows.length >> 1;
  const isOdd = rows.length % 2 === 1;
  eachColumn(rows, out, (column) => (isOdd ? column[upper]! : (column[upper - 1]! + column[upper]!) / 2));
}

/** See `trimmedMean`. Rows were checked. */
export function plainTrimmedMean(rows: readonly Float32Array[], trim: number, out: Float32Array): void {
  const end = rows.length - trim;
  eachColumn(rows, out, (column) => {
    let sum = 0;
    for (let k = trim; k < end; k++) sum += column[k]!;
    return sum / (end - trim);
  });
}

/** Typed arrays sort by value with −0 before +0: a total order where there is no NaN, so equal columns have equal bits. */
function eachColumn(rows: readonly Float32Array[], out: Float32Array, rule: (column: Float32Array) => number): void {
  const column = new Float32Array(rows.length);
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < rows.length; k++) column[k] = rows[k]![i]!;
    out[i] = rule(column.sort());
  }
}
