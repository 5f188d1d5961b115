import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monotonic, roundsTo } from './curve-rules.js';

const curveOf = (...accuracies: number[]) => accuracies.map((accuracy, i) => ({ round: i + 1, accuracy }));

describe('monotonic', () => {
  it('takes the best value of all rounds so far', () => {
    expect(monotonic(curveOf(0.5, 0.9, 0.8, 0.95)).map(({ accuracy }) => accuracy)).toEqual([0.5, 0.9, 0.9, 0.95]);
  });

  it('never falls, never loses to the raw curve, and changes nothing the second time', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (accuracies) => {
      const raw = curveOf(...accuracies);
      const curve = monotonic(raw);
      curve.forEach(({ accuracy }, i) => {
        expect(accuracy).toBeGreaterThanOrEqual(raw[i]!.accuracy);
        if (i > 0) expect(accuracy).toBeGreaterThanOrEqual(curve[i - 1]!.accuracy);
      });
      expect(monotonic(curve)).toEqual(curve);
    }));
  });
});

describe('roundsTo', () => {
  it('interpolates between the rounds on either side', () => {
    // 0.98 → 0.992 over one round: 0.99 lies at 10/12 of the way.
    expect(roundsTo(curveOf(0.9, 0.98, 0.992), 0.99)).toBeCloseTo(2 + 10 / 12, 12);
  });

  it('interpolates from the best so far, not from a round that fell back', () => {
    // Round 3 fell to 0.9; the monotonic curve stands at 0.98.
    expect(roundsTo(curveOf(0.5, 0.98, 0.9, 1), 0.99)).toBeCloseTo(3.5, 12);
  });

  it('is the round itself where the target is met exactly, and where the first point is above it', () => {
    expect(roundsTo(curveOf(0.98, 0.99), 0.99)).toBe(2);
    expect(roundsTo(curveOf(0.995), 0.99)).toBe(1);
  });

  it('measures across rounds that were not evaluated', () => {
    expect(roundsTo([{ round: 10, accuracy: 0.98 }, { round: 14, accuracy: 1 }], 0.99)).toBeCloseTo(12, 12);
  });

  it('is null where the target was not reached', () => {
    expect(roundsTo(curveOf(0.5, 0.98999), 0.99)).toBeNull();
    expect(roundsTo([], 0.99)).toBeNull();
  });
});
