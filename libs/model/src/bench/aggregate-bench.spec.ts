import { describe, expect, it } from 'vitest';
import { benchAggregate } from './aggregate-bench.js';

describe('benchAggregate', () => {
  it('reports medians of alternating runs by the given clock', () => {
    // The exact sum appears to take 2 ms an update and the plain one 6 ms; one update is 6,653,480 bytes.
    let calls = 0;
    let now = 0;
    const clock = () => (now += [0, 2, 6][calls++ % 3]!);
    expect(benchAggregate(20, clock)).toEqual([
      { name: 'aggregate/exact', value: expect.closeTo(3.32674, 5), unit: 'GB/s', against: 'plain TypeScript sum', ratio: expect.closeTo(3, 9) },
    ]);
    expect(calls).toBe(3 * (20 + 20));
  });
});
