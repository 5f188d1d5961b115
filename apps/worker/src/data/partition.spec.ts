import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partition, type Partition } from './partition.js';

const rules = fc.oneof(
  fc.constant<Partition>({ kind: 'iid' }),
  fc.double({ min: 0.001, max: 100, noNaN: true }).map((alpha): Partition => ({ kind: 'dirichlet', alpha })),
  fc.integer({ min: 1, max: 4 }).map((perWorker): Partition => ({ kind: 'shards', perWorker })),
);
const labelsOf = (count: number, classes = 10) => Uint8Array.from({ length: count }, (_, index) => (index * 7) % classes);
const histogram = (labels: Uint8Array, part: Uint32Array) => {
  const counts = new Array<number>(10).fill(0);
  for (const index of part) counts[labels[index]!]!++;
  return counts;
};

describe('partition', () => {
  it('gives every example to exactly one part and no part nothing, the same for the same seed', () => {
    fc.assert(
      fc.property(rules, fc.uint8Array({ minLength: 40, maxLength: 400, max: 9 }), fc.integer({ min: 1, max: 10 }), fc.nat(), (rule, labels, parts, seed) => {
        const split = partition(labels, rule, parts, seed);
        expect(split).toHaveLength(parts);
        expect(split.every((part) => part.length > 0)).toBe(true);
        expect(split.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([...labels.keys()]);
        expect(partition(labels, rule, parts, seed)).toEqual(split);
      }),
      { numRuns: 300 },
    );
  });

  it('makes IID parts equal within one example, and shards within one example each', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 60, maxLength: 300, max: 9 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }), fc.nat(), (labels, parts, perWorker, seed) => {
      const spread = (rule: Partition) => {
        const sizes = partition(labels, rule, parts, seed).map((part) => part.length);
        return Math.max(...sizes) - Math.min(...sizes);
      };
      expect(spread({ kind: 'iid' })).toBeLessThanOrEqual(1);
      expect(spread({ kind: 'shards', perWorker })).toBeLessThanOrEqual(perWorker);
    }));
  });

  it('shards are consecutive pieces of the examples sorted by label', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 4 }), fc.nat(), (parts, perWorker, seed) => {
      const labels = labelsOf(240);
      const sorted = [...labels].sort((a, b) => a - b);
      const pieces = parts * perWorker;
      const bounds = Array.from({ length: pieces }, (_, piece) => [Math.floor((piece * 240) / pieces), Math.floor(((piece + 1) * 240) / pieces)] as const);
      const whole = bounds.map(([from, to]) => sorted.slice(from, to));
      // Every part's labels are those of perWorker pieces: taken out of the heap of all pieces, nothing is left in the end.
      const dealt = partition(labels, { kind: 'shards', perWorker }, parts, seed).map((part) => [...part].map((index) => labels[index]!).sort((a, b) => a - b));
      expect(dealt.flat().sort((a, b) => a - b)).toEqual(sorted);
      const kinds = whole.map((piece) => new Set(piece).size).sort((a, b) => b - a);
      const most = kinds.slice(0, perWorker).reduce((sum, each) => sum + each, 0);
      for (const part of dealt) expect(new Set(part).size).toBeLessThanOrEqual(most);
    }));
  });

  it('differs between seeds', () => {
    const labels = labelsOf(200);
    for (const rule of [{ kind: 'iid' }, { kind: 'dirichlet', alpha: 1 }, { kind: 'shards', perWorker: 2 }] as const) {
      expect(partition(labels, rule, 4, 1)).not.toEqual(partition(labels, rule, 4, 2));
    }
  });

  it('IID makes parts equal in size within one, with every class in each', () => {
    const labels = labelsOf(4002);
    const split = partition(labels, { kind: 'iid' }, 4, 1);
    expect(split.map((part) => part.length).sort()).toEqual([1000, 1000, 1001, 1001]);
    for (const part of split) for (const count of histogram(labels, part)) expect(Math.abs(count - 100)).toBeLessThan(50);
  });

  it('shards give each part pieces of few classes: McMahan\'s 100 × 2 of 60,000 have at most four', () => {
    const labels = labelsOf(60_000);
    for (const part of partition(labels, { kind: 'shards', perWorker: 2 }, 100, 1)) {
      expect(part.length).toBe(600);
      expect(histogram(labels, part).filter((count) => count > 0).length).toBeLessThanOrEqual(4);
    }
  });

  it('Dirichlet parts are the more unequal the smaller alpha', () => {
    const labels = labelsOf(20_000);
    const largestShare = (alpha: number) => {
      const shares = partition(labels, { kind: 'dirichlet', alpha }, 10, 3).map((part) => Math.max(...histogram(labels, part)) / part.length);
      return shares.reduce((sum, share) => sum + share, 0) / shares.length;
    };
    expect(largestShare(1000)).toBeLessThan(0.13);
    expect(largestShare(1)).toBeGreaterThan(0.2);
    expect(largestShare(0.05)).toBeGreaterThan(0.6);
  });

  it('refuses more parts than there are examples', () => {
    expect(() => partition(labelsOf(3), { kind: 'iid' }, 4, 1)).toThrow(expect.objectContaining({ code: 'data.parts' }));
    expect(() => partition(labelsOf(7), { kind: 'shards', perWorker: 2 }, 4, 1)).toThrow(/do not make 8 shards/);
  });
});
