import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { drawDigits, planDigits } from './synthetic-digits.js';

const everything = (count: number) => [...Array(count).keys()];
const digits = (count: number, seed: number, split: 'train' | 'test') => drawDigits(planDigits(count, seed, split), everything(count));
const image = (images: Uint8Array, index: number) => Buffer.from(images.subarray(index * 784, (index + 1) * 784));

describe('synthetic digits', () => {
  it('of one seed are the same everywhere: the first hundred of seed 1 have this digest', () => {
    const { images, labels } = digits(100, 1, 'train');
    expect(createHash('sha256').update(images).update(labels).digest('hex')).toBe('a056b053ccf82739c5a6cf633adf5d05a18a6733420f1f8e4c249dd4bd7194fe');
  });

  it('of fewer are the beginning of more, and a part is drawn as in the whole', () => {
    const many = digits(60, 2, 'train');
    expect(digits(20, 2, 'train').images).toEqual(many.images.subarray(0, 20 * 784));
    const part = drawDigits(planDigits(60, 2, 'train'), [41, 7]);
    expect([image(part.images, 0), image(part.images, 1)]).toEqual([image(many.images, 41), image(many.images, 7)]);
    expect([...part.labels]).toEqual([many.labels[41], many.labels[7]]);
  });

  it('differ between seeds and splits: no training image is a test image', () => {
    const sets = [digits(300, 1, 'train'), digits(300, 1, 'test'), digits(300, 2, 'train')];
    const seen = new Set(sets.flatMap(({ images }) => everything(300).map((index) => image(images, index).toString('latin1'))));
    expect(seen.size).toBe(900);
  });

  it('have all ten classes about equally often, ink in the middle and noise at the edge', () => {
    const { images, labels, shape, count, classes } = digits(2000, 3, 'train');
    expect({ shape, count, classes }).toEqual({ shape: [28, 28, 1], count: 2000, classes: 10 });
    const counts = new Array<number>(10).fill(0);
    for (const label of labels) counts[label]!++;
    for (const each of counts) expect(Math.abs(each - 200)).toBeLessThan(70);
    const mean = (y: number, x: number) => everything(2000).reduce((sum, index) => sum + images[index * 784 + y * 28 + x]!, 0) / 2000;
    expect(mean(14, 14)).toBeGreaterThan(40);
    expect(mean(0, 0)).toBeGreaterThan(0);
    expect(mean(0, 0)).toBeLessThan(10);
  });
});
