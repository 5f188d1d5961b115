/** B for trainable tensors: no sane update moves a weight further in one round. A power of two. */
export const TRAINABLE_BOUND = 8;

export interface GridPolicy {
  readonly weighting: 'examples' | 'uniform';
  readonly examplesCap: number;
}

/** A_max and B of a round: the largest sum of weights its cohort could reach, known before anyone answers. */
export function roundGrid({ weighting, examplesCap }: GridPolicy, invited: number): { bound: number; aMax: number } {
  return { bound: TRAINABLE_BOUND, aMax: invited * (weighting === 'uniform' ? 1 : examplesCap) };
}
