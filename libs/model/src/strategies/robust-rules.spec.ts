import { describe, expect, it } from 'vitest';
import { krum } from './krum.js';
import { krumScores, leastScores } from './krum-round.js';
import { median } from './median.js';
import { multiKrum } from './multi-krum.js';
import { closeRound, delta, tensor } from './strategy-scene.testing.js';
import { trimmed } from './trimmed-mean.js';
import { sourceOf } from './update-source.js';

const policy = { weighting: 'examples', examplesCap: 1000 } as const;
const base = [tensor('w', 1)];
const updates = (...values: number[]) => values.map((value, k) => ({ key: 'abcdefgh'[k]!, examples: 1 + 100 * k, deltas: [delta('w', value)] }));
const keysOf = (weights: readonly { key: string; weight: number }[]) => weights.filter(({ weight }) => weight === 1).map(({ key }) => key).join('');

describe('the median', () => {
  it('takes the middle one of an odd number, whatever examples say', async () => {
    const { model, weights, denominator } = await closeRound(median(policy), base, updates(5, 1, 2));
    expect([...model[0]!.data]).toEqual([3]);
    expect(weights).toEqual([{ key: 'a', weight: 1 }, { key: 'b', weight: 1 }, { key: 'c', weight: 1 }]);
    expect(denominator).toBe(3);
  });

  it('takes half of the middle two of an even number', async () => {
    const { model } = await closeRound(median(policy), base, updates(7, 2, 0.5, 5));
    // 0.5 2 | 5 7: (2 + 5) / 2
    expect([...model[0]!.data]).toEqual([4.5]);
  });

  it('looks at each coordinate alone, and keeps −0 where nothing moves', async () => {
    const wide = [tensor('w', 0, -0, 0)];
    const rows = [[1, 0, -1], [2, -0, -8], [3, 0, 8]];
    const { model } = await closeRound(median(policy), wide, rows.map((row, k) => ({ key: `${k}`, deltas: [delta('w', ...row)] })));
    expect(model[0]!.data).toEqual(Float32Array.of(2, -0, -1));
  });
});

describe('the trimmed mean', () => {
  it('leaves out `trim` at either end', async () => {
    const strategy = trimmed({ name: 'trimmed-mean', trim: 1 }, policy);
    const { model, denominator } = await closeRound(strategy, base, updates(8, 1, -8, 2, 6));
    // −8 | 1 2 6 | 8: 9 / 3
    expect([...model[0]!.data]).toEqual([4]);
    expect(denominator).toBe(5);
  });

  it('needs more than 2 · trim updates', async () => {
    const strategy = trimmed({ name: 'trimmed-mean', trim: 2 }, policy);
    expect(strategy.leastUpdates).toBe(5);
    await expect(closeRound(strategy, base, updates(1, 2, 3, 4))).rejects.toMatchObject({ code: 'updates-too-few' });
  });
});

/*
 * Five points on a line, f = 1, so each scores its two nearest: a 0, b 1, c 1.25, d 2.5, e 8.
 *   a: 1² + 1.25²         = 2.5625
 *   b: 0.25² + 1²         = 1.0625
 *   c: 0.25² + 1.25²      = 1.625     (to b; to a and d alike)
 *   d: 1.25² + 1.5²       = 3.8125
 *   e: 5.5² + 6.75²       = 75.8125
 */
const line = updates(0, 1, 1.25, 2.5, 8);

describe('Krum', () => {
  it('takes the update whose nearest are nearest', async () => {
    const { model, weights, denominator } = await closeRound(krum({ name: 'krum', f: 1 }, policy), base, line);
    expect([...model[0]!.data]).toEqual([2]);
    expect(weights).toEqual([...'abcde'].map((key) => ({ key, weight: key === 'b' ? 1 : 0 })));
    expect(denominator).toBe(1);
  });

  it('scores by the n − f − 2 nearest', () => {
    const at = [0, 1, 1.25, 2.5, 8];
    const distances = Float64Array.from(at.flatMap((a) => at.map((b) => (a - b) ** 2)));
    expect(krumScores(distances, 5, 1)).toEqual([2.5625, 1.0625, 1.625, 3.8125, 75.8125]);
    expect(leastScores([3, 1, 2, 1], 3)).toEqual([1, 3, 2]);
  });

  it('takes the least key of equal scores', async () => {
    // 1 and 3 mirror each other around 2; 0 and 4 do.
    const { weights } = await closeRound(krum({ name: 'krum', f: 2 }, policy), base, updates(8, 3, 1, -8, 3, 1, 8));
    // Each of 3, 1, 3, 1 (keys b c e f) has 0² + 2² + 2² as its n − f − 2 = 3 nearest.
    expect(keysOf(weights)).toBe('b');
  });

  it('measures over all tensors together', async () => {
    const two = [tensor('x', 0), tensor('y', 0)];
    const points = [[0, 0], [0, 1], [1, 0], [4, 0], [0, 4]];
    const { model } = await closeRound(krum({ name: 'krum', f: 1 }, policy), two, points.map((point, k) => ({
      key: `${k}`, deltas: [delta('x', point[0]!), delta('y', point[1]!)],
    })));
    // 0: 1 + 1 = 2; 1: 1 + 2 = 3; 2: 1 + 2 = 3; far ones more.
    expect(model.map(({ data }) => data[0])).toEqual([0, 0]);
  });

  it('needs 2f + 3 updates', async () => {
    expect(krum({ name: 'krum', f: 2 }, policy).leastUpdates).toBe(7);
    await expect(closeRound(krum({ name: 'krum', f: 2 }, policy), base, line)).rejects.toMatchObject({ code: 'updates-too-few' });
  });
});

describe('Multi-Krum', () => {
  it('averages the m of least score', async () => {
    const three = await closeRound(multiKrum({ name: 'multi-krum', f: 1, m: 3 }, policy), base, line);
    // a, b, c: (0 + 1 + 1.25) / 3
    expect([...three.model[0]!.data]).toEqual([1.75]);
    expect(keysOf(three.weights)).toBe('abc');
    expect(three.denominator).toBe(3);
  });

  it('is Krum for m = 1', async () => {
    const one = await closeRound(multiKrum({ name: 'multi-krum', f: 1, m: 1 }, policy), base, line);
    expect(one).toEqual(await closeRound(krum({ name: 'krum', f: 1 }, policy), base, line));
  });

  it('needs m + f updates, so that nobody of the f must be chosen', () => {
    expect(multiKrum({ name: 'multi-krum', f: 2, m: 3 }, policy).leastUpdates).toBe(7);
    expect(multiKrum({ name: 'multi-krum', f: 2, m: 8 }, policy).leastUpdates).toBe(10);
  });
});

describe('a robust rule', () => {
  const strategy = median(policy);

  it('ignores examples, says so in what is sealed, and holds to their cap', () => {
    expect(strategy.weighting).toBe('uniform');
    expect(strategy.parameters).toEqual({ weighting: 'uniform', examplesCap: '1000' });
    expect(strategy.weightOf(1000)).toEqual({ weight: 1 });
    expect(strategy.weightOf(1001)).toEqual({ refused: 'examples-over-cap' });
    expect(strategy.largestWeightSum(7)).toBe(7);
  });

  it('gives buffers the plain mean: of all updates, or of those that Krum chose', async () => {
    const model = [tensor('w', 0), { ...tensor('b', 0), role: 'buffer' as const }];
    const five = [0, 1, 1.25, 2.5, 8].map((value, k) => ({ key: `${k}`, deltas: [delta('w', value), delta('b', k)] }));
    // Median of w 1.25; mean of b (0 + 1 + 2 + 3 + 4) / 5. Multi-Krum's choice is 0, 1, 2.
    expect((await closeRound(strategy, model, five)).model.map(({ data }) => data[0])).toEqual([1.25, 2]);
    expect((await closeRound(multiKrum({ name: 'multi-krum', f: 1, m: 3 }, policy), model, five)).model.map(({ data }) => data[0])).toEqual([0.75, 1]);
  });

  it('takes an update once, lets it leave, and refuses a bad one whole', async () => {
    const combiner = strategy.begin({ model: base, grid: { aMax: 9, bound: 8 }, state: [] });
    combiner.fold({ key: 'a', weight: 1, deltas: [delta('w', 3)] });
    expect(() => combiner.fold({ key: 'a', weight: 1, deltas: [delta('w', 3)] })).toThrow(expect.objectContaining({ code: 'update-duplicate' }));
    expect(() => combiner.remove({ key: 'b', weight: 1, deltas: [delta('w', 3)] })).toThrow(expect.objectContaining({ code: 'update-not-folded' }));
    for (const [value, code] of [[NaN, 'non-finite'], [9, 'out-of-bound']] as const) {
      expect(() => combiner.fold({ key: 'c', weight: 1, deltas: [delta('w', value)] })).toThrow(expect.objectContaining({ code }));
    }
    expect(() => combiner.fold({ key: 'c', weight: 1, deltas: [delta('w', 1, 2)] })).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
    const read = sourceOf(() => [delta('w', 3)]);
    expect([...(await combiner.finish(base, read)).model[0]!.data]).toEqual([4]);
    combiner.remove({ key: 'a', weight: 1, deltas: [delta('w', 3)] });
    await expect(combiner.finish(base, read)).rejects.toMatchObject({ code: 'updates-too-few' });
  });
});
