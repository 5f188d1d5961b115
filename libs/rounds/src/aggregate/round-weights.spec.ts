import { describe, expect, it } from 'vitest';
import { roundWeights } from './round-weights.js';

const accepted = [{ commit: 'ff', examples: 30 }, { commit: '0a', examples: 10 }, { commit: 'a0', examples: 2 }];

describe('roundWeights', () => {
  it('sorts by commit hash and weighs by examples', () => {
    expect(roundWeights(accepted, 'examples')).toEqual({
      weights: [{ commit: '0a', weight: 10 }, { commit: 'a0', weight: 2 }, { commit: 'ff', weight: 30 }],
      denominator: 42,
    });
  });

  it('weighs everybody alike when the plan says uniform', () => {
    expect(roundWeights(accepted, 'uniform')).toMatchObject({ denominator: 3, weights: [{ weight: 1 }, { weight: 1 }, { weight: 1 }] });
  });

  it('does not depend on the order of arrival', () => {
    expect(roundWeights([...accepted].reverse(), 'examples')).toEqual(roundWeights(accepted, 'examples'));
  });
});
