/** x, then a value for each series; null where a series has none. */
export type Curve = readonly (readonly (number | null)[])[];

/**
 * At most about `most` points of a curve. The line is cut into equal parts, and of each the first point, the lowest and the highest of
 * every series are kept, so that no peak disappears.
 */
export function sampleCurve(curve: Curve, most: number): Curve {
  const [xs = [], ...series] = curve;
  if (xs.length <= most) return curve;
  const parts = Math.max(1, Math.floor(most / (1 + 2 * series.length)));
  const kept = new Set<number>([xs.length - 1]);
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * xs.length) / parts);
    const to = Math.floor(((part + 1) * xs.length) / parts);
    kept.add(from);
    for (const values of series) for (const index of extremes(values, from, to)) kept.add(index);
  }
  const order = [...kept].sort((a, b) => a - b);
  return curve.map((values) => order.map((index) => values[index] ?? null));
}

function extremes(values: readonly (number | null)[], from: number, to: number): number[] {
  let lowest = -1;
  let highest = -1;
  for (let i = from; i < to; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    if (lowest < 0 || value < (values[lowest] as number)) lowest = i;
    if (highest < 0 || value > (values[highest] as number)) highest = i;
  }
  return lowest < 0 ? [] : [lowest, highest];
}
