import { describe, expect, it } from 'vitest';
import { elementCount } from '../tensors.js';
import type { LayerSpec, ModelSpec } from './layer-spec.js';
import { cifarCnn, mcmahan2nn, mcmahanCnn, missionCnn } from './presets.js';
import { resolveLayers } from './resolve-layers.js';
import { resolvePreset } from './resolve-preset.js';
import { tensorSpecs } from './tensor-specs.js';

const parameters = (model: ModelSpec) => tensorSpecs(model).reduce((sum, { shape }) => sum + elementCount(shape), 0);
const listed = (model: ModelSpec) => tensorSpecs(model).map(({ name, shape }) => `${name} ${shape.join('x')}`);
const model = (inputShape: number[], ...layers: LayerSpec[]): ModelSpec => ({ name: 'm', inputShape, layers });

const conv = (change: Partial<Extract<LayerSpec, { type: 'conv2d' }>> = {}): LayerSpec => ({
  type: 'conv2d', filters: 4, kernelSize: 3, strides: 1, padding: 'valid', activation: 'relu', ...change,
});
const pool = (change: Partial<Extract<LayerSpec, { type: 'maxPooling2d' }>> = {}): LayerSpec => ({
  type: 'maxPooling2d', poolSize: 2, padding: 'valid', ...change,
});
const dense = (units: number, name?: string): LayerSpec => ({ type: 'dense', units, activation: 'linear', name });

describe('presets', () => {
  it('have the parameters that their papers state', () => {
    expect(parameters(missionCnn)).toBe(54_410);
    expect(parameters(mcmahanCnn)).toBe(1_663_370);
    expect(parameters(mcmahan2nn)).toBe(199_210);
    // "About 10^6" of the paper is on its crops of 24×24.
    expect(parameters({ ...cifarCnn, inputShape: [24, 24, 3] })).toBe(1_068_298);
    expect(parameters(cifarCnn)).toBe(1_756_426);
  });

  it('are found by name, with labels of the plan; a list of layers stands for itself', () => {
    expect(resolvePreset({ preset: 'mcmahan-cnn' })).toEqual(mcmahanCnn);
    expect(resolvePreset({ preset: 'cifar-cnn', labels: ['cat', 'dog'] })).toEqual({ ...cifarCnn, labels: ['cat', 'dog'] });
    expect(resolvePreset(missionCnn)).toBe(missionCnn);
    for (const preset of ['resnet', 'toString']) {
      expect(() => resolvePreset({ preset })).toThrow(expect.objectContaining({ code: 'preset-unknown', message: expect.stringContaining('mission-cnn, mcmahan-cnn, mcmahan-2nn, cifar-cnn') }));
    }
  });

  it('have the tensors that Keras would make', () => {
    expect(listed(missionCnn)).toEqual(['conv2d.kernel 3x3x1x32', 'conv2d.bias 32', 'dense.kernel 5408x10', 'dense.bias 10']);
    expect(listed(mcmahanCnn)).toEqual([
      'conv2d.kernel 5x5x1x32', 'conv2d.bias 32', 'conv2d_1.kernel 5x5x32x64', 'conv2d_1.bias 64',
      'dense.kernel 3136x512', 'dense.bias 512', 'dense_1.kernel 512x10', 'dense_1.bias 10',
    ]);
  });
});

describe('resolveLayers', () => {
  it.each([
    // Sizes as TensorFlow documents them: valid ⌈(n − k + 1) / s⌉, same ⌈n / s⌉.
    ['valid', [28, 20, 3], conv(), [26, 18, 4]],
    ['valid, stride 2', [28, 21, 3], conv({ strides: 2 }), [13, 10, 4]],
    ['valid, stride past the window', [10, 10, 1], conv({ kernelSize: 2, strides: 5 }), [2, 2, 4]],
    ['valid, by axis', [9, 12, 2], conv({ kernelSize: [1, 5], strides: [2, 3] }), [5, 3, 4]],
    ['same', [28, 20, 3], conv({ padding: 'same' }), [28, 20, 4]],
    ['same, stride 2', [5, 6, 1], conv({ padding: 'same', strides: 2 }), [3, 3, 4]],
    ['same, window larger than the input', [2, 2, 1], conv({ padding: 'same', kernelSize: 5 }), [2, 2, 4]],
    ['pool', [27, 9, 6], pool(), [13, 4, 6]],
    ['pool, same', [27, 9, 6], pool({ padding: 'same' }), [14, 5, 6]],
    ['pool, overlapping', [7, 8, 6], pool({ poolSize: 3, strides: [2, 1] }), [3, 6, 6]],
    ['flatten', [3, 4, 5], { type: 'flatten' }, [60]],
  ] as [string, number[], LayerSpec, number[]][])('shapes the output of %s', (_, input, layer, output) => {
    expect(resolveLayers(model(input, layer))[0]!.outputShape).toEqual(output);
  });

  it('gives Glorot’s fans: kernel area times channels', () => {
    const [kernel, bias] = tensorSpecs(model([8, 8, 3], conv({ kernelSize: [2, 5], filters: 7 })));
    expect(kernel).toEqual({
      name: 'conv2d.kernel', shape: [2, 5, 3, 7], fanIn: 30, fanOut: 70, role: 'trainable', initializer: 'glorotUniform',
    });
    expect(bias).toMatchObject({ name: 'conv2d.bias', shape: [7], initializer: 'zeros' });
    expect(tensorSpecs(model([11], dense(3)))[0]).toMatchObject({ shape: [11, 3], fanIn: 11, fanOut: 3 });
  });

  it('names unnamed layers by kind and count, and joins shapes from layer to layer', () => {
    const layers = resolveLayers(model([12, 12, 1], conv(), conv({ name: 'mine' }), conv(), pool(), pool(), { type: 'flatten' }, dense(5), dense(2)));
    expect(layers.map(({ name }) => name)).toEqual(
      ['conv2d', 'mine', 'conv2d_1', 'max_pooling2d', 'max_pooling2d_1', 'flatten', 'dense', 'dense_1'],
    );
    for (const [i, layer] of layers.slice(1).entries()) expect(layer.inputShape).toBe(layers[i]!.outputShape);
  });

  it.each([
    ['layer-name-duplicate', [4], [dense(1, 'dense'), dense(2)]],
    ['layer-input-rank', [4, 4, 1], [dense(1)]],
    ['layer-input-rank', [16], [conv()]],
    ['layer-input-rank', [4, 4], [pool()]],
    ['layer-window', [2, 8, 1], [conv()]],
    ['layer-window', [8, 1, 1], [pool()]],
  ] as [string, number[], LayerSpec[]][])('refuses with %s', (code, input, layers) => {
    expect(() => resolveLayers(model(input, ...layers))).toThrow(expect.objectContaining({ code }));
  });
});
