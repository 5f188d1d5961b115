import { describe, expect, it } from 'vitest';
import { coordinateMedian } from './coordinate-median.js';
import { SquaredDistances, TILE } from './squared-distances.js';
import { trimmedMean } from './trimmed-mean.js';

const rowsOf = (...rows: number[][]) => rows.map((row) => Float32Array.from(row));

function median(rows: Float32Array[]): number[] {
  const out = new Float32Array(rows[0]!.length);
  coordinateMedian(rows, out);
  return [...out];
}

function trimmed(rows: Float32Array[], trim: number): number[] {
  const out = new Float32Array(rows[0]!.length);
  trimmedMean(rows, trim, out);
  return [...out];
}

describe('coordinateMedian', () => {
  it('takes the middle of each coordinate', () => {
    expect(median(rowsOf([1, 9], [3, -2], [2, 5]))).toEqual([2, 5]);
    expect(median(rowsOf([7, -0]))).toEqual([7, -0]);
  });

  it('takes the mean of two middles, rounded once', () => {
    // (1 + (1 + 2^-23)) / 2 lies between two float32 and goes to the even one.
    expect(median(rowsOf([1], [1 + 2 ** -23]))).toEqual([1]);
    expect(median(rowsOf([4], [-100], [100], [1]))).toEqual([2.5]);
    // A sum that float32 would overflow.
    expect(median(rowsOf([3e38], [3e38]))).toEqual([Math.fround(3e38)]);
  });

  it('orders −0 before +0', () => {
    expect(median(rowsOf([0], [-0], [-0]))).toEqual([-0]);
    expect(median(rowsOf([-0], [0], [0]))).toEqual([0]);
    expect(median(rowsOf([-0], [-0], [0], [0]))).toEqual([0]);
    expect(median(rowsOf([-0], [-0]))).toEqual([-0]);
  });

  it('refuses no rows and rows of other lengths', () => {
    expect(() => coordinateMedian([], new Float32Array(1))).toThrow(expect.objectContaining({ code: 'rows-empty' }));
    expect(() => coordinateMedian(rowsOf([1], [1, 2]), new Float32Array(1))).toThrow(expect.objectContaining({ code: 'length-mismatch' }));
  });
});

describe('trimmedMean', () => {
  it('leaves out the smallest and the largest', () => {
    expect(trimmed(rowsOf([1], [2], [3], [4], [1000]), 1)).toEqual([3]);
    expect(trimmed(rowsOf([1], [2], [6]), 0)).toEqual([3]);
    expect(trimmed(rowsOf([5], [-7], [6]), 1)).toEqual([5]);
  });

  it('adds in ascending order from +0', () => {
    // In float64, −2^60 + 1 is −2^60, so only this order gives 0.
    expect(trimmed(rowsOf([2 ** 60], [1], [-(2 ** 60)]), 0)).toEqual([0]);
    expect(trimmed(rowsOf([-0], [-0]), 0)).toEqual([0]);
  });

  it('refuses to cut everything', () => {
    for (const trim of [1, -1, 0.5, NaN]) {
      expect(() => trimmedMean(rowsOf([1], [2]), trim, new Float32Array(1))).toThrow(expect.objectContaining({ code: 'trim-invalid' }));
    }
  });
});

describe('SquaredDistances', () => {
  it('gives every pair once and its mirror', () => {
    const distances = new SquaredDistances(3);
    distances.add(rowsOf([0, 0, 0], [1, 2, 2], [0, 0, -3]));
    expect([...distances.finish()]).toEqual([0, 9, 9, 9, 0, 30, 9, 30, 0]);
  });

  it('adds float32 squares in four lanes, tile by tile', () => {
    const distances = new SquaredDistances(2);
    // Lane 0 holds 2^24 after the first element, to which 1 adds nothing in float32; lane 1 holds the second 1 whole.
    const row = new Float32Array(TILE);
    row.set([2 ** 12, 1, 0, 0, 1]);
    distances.add([row, new Float32Array(TILE)]);
    distances.add(rowsOf([1], [0]));
    expect(distances.finish()[1]).toBe(2 ** 24 + 2);
  });

  it('is the same however the updates are cut, and refuses to go on after a broken tile', () => {
    const rows = [1, 2, 3].map((seed) => Float32Array.from({ length: 3 * TILE + 7 }, (_, i) => Math.sin(seed * i)));
    const whole = new SquaredDistances(3);
    whole.add(rows);
    const cut = new SquaredDistances(3);
    for (const [from, to] of [[0, TILE], [TILE, 3 * TILE], [3 * TILE, 3 * TILE + 7]] as const) {
      cut.add(rows.map((row) => row.subarray(from, to)));
    }
    expect(cut.finish()).toEqual(whole.finish());
    expect(() => cut.add(rows)).toThrow(expect.objectContaining({ code: 'tile-unaligned' }));
    expect(() => whole.add(rows.slice(1))).toThrow(expect.objectContaining({ code: 'rows-count' }));
    expect(() => new SquaredDistances(0)).toThrow(expect.objectContaining({ code: 'rows-empty' }));
  });
});
