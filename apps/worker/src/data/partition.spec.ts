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
