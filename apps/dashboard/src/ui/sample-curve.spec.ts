import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleCurve } from './sample-curve.js';

describe('sampleCurve', () => {
  it('leaves a short curve as it is', () => {
    const curve = [[1, 2, 3], [0.5, null, 0.7]];
    expect(sampleCurve(curve, 10)).toBe(curve);
  });

  it('keeps order, both ends and the extremes of every series within the bound', () => {
    const value = fc.option(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { nil: null });
    const curves = fc.integer({ min: 200, max: 900 }).chain((size) => fc.tuple(fc.array(value, { minLength: size, maxLength: size }), fc.array(value, { minLength: size, maxLength: size })));
    fc.assert(fc.property(curves, ([first, second]) => {
      const xs = first.map((_, i) => i);
      const [sampled = [], ...series] = sampleCurve([xs, first, second], 100);
      expect(sampled.length).toBeLessThanOrEqual(101);
      expect([sampled[0], sampled.at(-1)]).toEqual([0, xs.length - 1]);
      expect(sampled).toEqual(sampled.toSorted((a, b) => Number(a) - Number(b)));
      for (const [i, whole] of [first, second].entries()) {
        const known = whole.filter((one) => one !== null);
        const kept = (series[i] ?? []).filter((one) => one !== null);
        if (known.length > 0) expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...known), Math.max(...known)]);
      }
    }), { numRuns: 40 });
  });
});
