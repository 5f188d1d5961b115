import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.js';

const draws = (random: SeededRandom, count: number, draw: (random: SeededRandom) => number) => Array.from({ length: count }, () => draw(random));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('SeededRandom', () => {
  it('gives the same stream for the same seed and purpose, and another for any other', () => {
    const stream = (seed: number, purpose?: number) => draws(new SeededRandom(seed, purpose), 4, (random) => random.below(2 ** 32));
    expect(stream(1)).toEqual(stream(1));
    const others = [stream(1, 1), stream(2), stream(2, 1), stream(2 ** 53 - 1)];
    expect(new Set([stream(1), ...others].map((each) => each[0])).size).toBe(5);
  });

  it('draws below a bound evenly', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (const value of draws(new SeededRandom(1), 70_000, (random) => random.below(7))) counts[value]!++;
    // Deviation is √(70,000 · 1/7 · 6/7) ≈ 93: five of them.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(465);
  });

  it('permutes, and every element reaches every place', () => {
    const random = new SeededRandom(1);
    const places = Array.from({ length: 5 }, () => new Set<number>());
    for (let i = 0; i < 200; i++) random.permutation(5).forEach((value, place) => places[place]!.add(value));
    expect(places.map((values) => values.size)).toEqual([5, 5, 5, 5, 5]);
    expect([...new SeededRandom(2).permutation(100)].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
  });

  it.each([0.3, 1, 4.5])('draws gamma with mean and variance %d', (shape) => {
    const values = draws(new SeededRandom(9), 40_000, (random) => random.gamma(shape));
    expect(mean(values) / shape).toBeCloseTo(1, 1);
    expect(mean(values.map((value) => (value - shape) ** 2)) / shape).toBeCloseTo(1, 0);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  });

  it('draws noise with mean 0 and deviation 1', () => {
    for (const draw of [(random: SeededRandom) => random.bell(), (random: SeededRandom) => random.normal()]) {
      const values = draws(new SeededRandom(4), 40_000, draw);
      expect(mean(values)).toBeCloseTo(0, 1);
      expect(mean(values.map((value) => value * value))).toBeCloseTo(1, 1);
    }
  });
});
