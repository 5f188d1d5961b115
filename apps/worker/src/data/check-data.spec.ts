import { describe, expect, it } from 'vitest';
import { missionCnn, mcmahan2nn } from '@fedseal/model/layers/presets';
import { trainingSpec } from '@fedseal/protocol/plan';
import { checkDataset, checkFit } from './check-data.js';
import type { Dataset } from './dataset.js';

const dataset = (images: number[], labels: number[], change: Partial<Dataset> = {}): Dataset => ({
  images: Uint8Array.from(images), labels: Uint8Array.from(labels), shape: [1, 2, 1], count: labels.length, classes: 2, ...change,
});

describe('checkDataset', () => {
  it('has nothing to say about what is in order', () => {
    expect(checkDataset(dataset([1, 2, 3, 4], [0, 1]))).toEqual([]);
    expect(checkDataset(dataset([1, 2], [0], { classes: 1 }))).toEqual([]);
  });

  it('refuses none, labels out of the classes, and examples that are all the same', () => {
    expect(() => checkDataset(dataset([], []))).toThrow(expect.objectContaining({ code: 'data.empty' }));
    expect(() => checkDataset(dataset([1, 2, 3, 4], [0, 2]))).toThrow(expect.objectContaining({ code: 'data.label', message: expect.stringContaining('A label is 2 and there are 2 classes') }));
    expect(() => checkDataset(dataset([1, 2, 1, 2, 1, 2], [0, 1, 0]))).toThrow(expect.objectContaining({ code: 'data.constant', message: expect.stringContaining('All 3 examples') }));
    expect(() => checkDataset(dataset([0.5, 0.5], [0, 1], { images: Float32Array.of(0.5, 0.5), shape: [1, 1, 1] }))).toThrow(expect.objectContaining({ code: 'data.constant' }));
  });

  it('warns of classes without an example, by name, and of blank images', () => {
    expect(checkDataset(dataset([1, 2, 3, 3, 4, 4], [0, 2, 0], { classes: 9, classNames: [...'abcdefghi'] }))).toEqual([
      { code: 'data.class-missing', message: '7 of 9 classes have no example here: b, d, e, f, g and 2 more.' },
      { code: 'data.blank', message: '2 of 3 images are of one single value, so nothing can be seen on them.' },
    ]);
    expect(checkDataset(dataset([1, 2, 3, 4], [1, 1]))).toEqual([{ code: 'data.class-missing', message: '1 of 2 classes have no example here: 0.' }]);
  });

  it('calls no row of one column blank', () => {
    expect(checkDataset(dataset([1, 2], [0, 1], { shape: [1, 1, 1] }))).toEqual([]);
  });
});

describe('checkFit', () => {
  const training = trainingSpec.parse({});
  const digits = { shape: [28, 28, 1] as const, count: 100, classes: 10 };

  it('takes images of the model\'s shape, and rows of as many values for a flat one', () => {
    const flat = { ...mcmahan2nn, inputShape: [784], layers: mcmahan2nn.layers.slice(1) };
    expect(checkFit(digits, missionCnn, training)).toEqual([]);
    expect(checkFit(digits, flat, training)).toEqual([]);
    expect(checkFit({ ...digits, shape: [1, 1, 784] }, flat, training)).toEqual([]);
    expect(checkFit({ ...digits, classes: 7 }, missionCnn, training)).toEqual([]);
  });

  it('refuses another shape and more classes than the model tells apart', () => {
    expect(() => checkFit({ ...digits, shape: [28, 28, 3] }, missionCnn, training)).toThrow(expect.objectContaining({ code: 'data.shape', message: expect.stringContaining('--image-size 28x28x1') }));
    expect(() => checkFit({ ...digits, shape: [1, 1, 784] }, missionCnn, training)).toThrow(expect.objectContaining({ code: 'data.shape' }));
    expect(() => checkFit({ ...digits, classes: 11 }, missionCnn, training)).toThrow(expect.objectContaining({ code: 'data.classes', message: expect.stringContaining('labels up to 10') }));
  });

  it('warns of fewer examples than a batch', () => {
    expect(checkFit({ ...digits, count: 31 }, missionCnn, training)).toMatchObject([{ code: 'data.below-batch', message: expect.stringContaining('batch is 32 and there are 31') }]);
    expect(checkFit({ ...digits, count: 32 }, missionCnn, training)).toEqual([]);
  });
});
