/** A curve as McMahan et al. 2017 read it (arXiv:1602.05629, section 3): monotonic, with straight lines between rounds. */

export interface Measured {
  readonly round: number;
  readonly accuracy: number;
}

/** "Taking the best value of test-set accuracy achieved over all prior rounds". @param points by round, ascending */
export function monotonic(points: readonly Measured[]): Measured[] {
  let best = -Infinity;
  return points.map(({ round, accuracy }) => ({ round, accuracy: (best = Math.max(best, accuracy)) }));
}

/**
 * Where the monotonic curve crosses the target, by linear interpolation between the rounds on either side of it.
 * @param points by round, ascending
 * @returns rounds, with a fraction; null when the target was not reached. A curve whose first point is above it crossed at that point:
 * there is nothing before it to interpolate from.
 */
export function roundsTo(points: readonly Measured[], target: number): number | null {
  const curve = monotonic(points);
  const at = curve.findIndex(({ accuracy }) => accuracy >= target);
  const after = curve[at];
  const before = curve[at - 1];
  if (after === undefined) return null;
  if (before === undefined) return after.round;
  return before.round + ((target - before.accuracy) / (after.accuracy - before.accuracy)) * (after.round - before.round);
}
