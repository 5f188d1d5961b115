import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset } from './dataset.js';
import { splitHoldOut } from './hold-out.js';

/** Each example's only pixel is its index, so that it can be told in either part. */
const dataset = (labels: readonly number[]): Dataset => ({
  images: Float32Array.from(labels.keys()), labels: Uint8Array.from(labels), shape: [1, 1, 1], count: labels.length, classes: 4,
});
const indices = (part: Dataset) => [...part.images];

describe('splitHoldOut', () => {
  it('gives every example with its label to exactly one of two parts, the same for the same seed', () => {
    fc.assert(fc.property(
      fc.array(fc.nat(3), { minLength: 4, maxLength: 300 }), fc.double({ min: 0.01, max: 0.6, noNaN: true }), fc.nat(),
      (labels, share, seed) => {
        const { train, held } = splitHoldOut(dataset(labels), share, seed);
        expect([...indices(train), ...indices(held)].sort((a, b) => a - b)).toEqual([...labels.keys()]);
        for (const part of [train, held]) {
          expect(indices(part)).toEqual(indices(part).sort((a, b) => a - b));
          expect([...part.labels]).toEqual(indices(part).map((index) => labels[index]));
          expect(part.count).toBe(part.labels.length);
        }
        expect(held.count).toBe(Math.max(1, Math.round(share * labels.length)));
        expect(splitHoldOut(dataset(labels), share, seed)).toEqual({ train, held });
      },
    ));
  });

  it('takes its share of each class, within one', () => {
    fc.assert(fc.property(
      fc.array(fc.nat(3), { minLength: 20, maxLength: 300 }), fc.double({ min: 0.05, max: 0.5, noNaN: true }), fc.nat(),
      (labels, share, seed) => {
        const { held } = splitHoldOut(dataset(labels), share, seed);
        const ratio = held.count / labels.length;
        for (let label = 0; label < 4; label++) {
          const inClass = labels.filter((each) => each === label).length;
          const taken = [...held.labels].filter((each) => each === label).length;
          expect(Math.abs(taken - ratio * inClass)).toBeLessThan(1 + 1e-9);
        }
      },
    ));
  });

  it('differs between seeds', () => {
    const labels = Array.from({ length: 100 }, (_, index) => index % 4);
    expect(indices(splitHoldOut(dataset(labels), 0.2, 1).held)).not.toEqual(indices(splitHoldOut(dataset(labels), 0.2, 2).held));
  });

  it('refuses to leave nothing to train on', () => {
    expect(() => splitHoldOut(dataset([1]), 0.1, 1)).toThrow(expect.objectContaining({ code: 'data.hold-out' }));
    expect(() => splitHoldOut(dataset([0, 1]), 0.9, 1)).toThrow(/leaves none to train on/);
  });
});
