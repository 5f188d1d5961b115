import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTensors } from '../init/initial-tensors.js';
import type { LayerSpec, ModelSpec } from '../layers/layer-spec.js';
import { cifarCnn, mcmahan2nn, mcmahanCnn, missionCnn } from '../layers/presets.js';
import { decodeSafetensors } from '../safetensors/decode-safetensors.js';
import { elementCount, type Tensor } from '../tensors.js';
import { exportKeras } from './export-keras.js';
import { exportLayersModel } from './export-layers-model.js';
import { exportTorch } from './export-torch.js';
import type { ExportedFile } from './exported-file.js';

const metadata = { 'fedseal.run': 'digits-1', 'fedseal.model': 'ab' };
const model = (spec: ModelSpec, tensors: readonly Tensor[] = initialTensors(spec, 1)) => ({ spec, tensors, metadata });
const file = (files: readonly ExportedFile[], name: string) => files.find((each) => each.name === name)!.content;
const text = (files: readonly ExportedFile[], name: string) => file(files, name) as string;
const tensorsOf = (files: readonly ExportedFile[]) => new Map(decodeSafetensors(file(files, 'model.safetensors') as Uint8Array).map((tensor) => [tensor.name, tensor]));
const headerOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))))) as { __metadata__: object };

/** Each element's value is its place, so that a moved one can be told. */
const counted = (spec: ModelSpec) => initialTensors(spec, 1).map((tensor) => ({ ...tensor, data: Float32Array.from({ length: elementCount(tensor.shape) }, (_, index) => index) }));
const image = (inputShape: number[], ...layers: LayerSpec[]): ModelSpec => ({ name: 'm', inputShape, layers });
const conv = (change: object = {}): LayerSpec => ({ type: 'conv2d', filters: 2, kernelSize: 3, strides: 1, padding: 'valid', activation: 'linear', ...change });
const pool = (change: object = {}): LayerSpec => ({ type: 'maxPooling2d', poolSize: 2, padding: 'valid', ...change });
const flatten: LayerSpec = { type: 'flatten' };
const dense = (units: number): LayerSpec => ({ type: 'dense', units, activation: 'linear' });

describe('exportTorch', () => {
  it('moves convolutions from [height, width, in, out] to [out, in, height, width]', () => {
    const spec = image([4, 5, 3], conv({ kernelSize: [2, 3] }), flatten, dense(1));
    const weight = tensorsOf(exportTorch(model(spec, counted(spec)))).get('conv2d.weight')!;
    expect(weight.shape).toEqual([2, 3, 2, 3]);
    for (let o = 0; o < 2; o++) {
      for (let i = 0; i < 3; i++) {
        for (let y = 0; y < 2; y++) for (let x = 0; x < 3; x++) expect(weight.data[((o * 3 + i) * 2 + y) * 3 + x]).toBe(((y * 3 + x) * 3 + i) * 2 + o);
      }
    }
  });

  it('gives a dense layer after a flatten the rows that PyTorch\'s order of channels asks for', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (height, width, channels, units) => {
      const spec = image([height, width, channels], flatten, dense(units), dense(2));
      const exported = tensorsOf(exportTorch(model(spec, counted(spec))));
      const weight = exported.get('dense.weight')!;
      expect(weight.shape).toEqual([units, height * width * channels]);
      for (let u = 0; u < units; u++) {
        for (let c = 0; c < channels; c++) {
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const here = ((y * width + x) * channels + c) * units + u;
              expect(weight.data[u * height * width * channels + (c * height + y) * width + x]).toBe(here);
            }
          }
        }
      }
      // The next one gets a plain transposition.
      expect([...exported.get('dense_1.weight')!.data]).toEqual([...Array(units).keys()].map((u) => 2 * u).concat([...Array(units).keys()].map((u) => 2 * u + 1)));
    }));
  });

  it('writes the layers as Python', () => {
    expect(text(exportTorch(model(missionCnn)), 'model.py')).toBe(
      '# fedseal.run: digits-1\n# fedseal.model: ab\n' +
      '"""Inputs: [n, channels, height, width], values divided by the plan\'s inputScale."""\n' +
      'from collections import OrderedDict\nfrom torch import nn\n\n' +
      'model = nn.Sequential(OrderedDict([\n' +
      '    ("conv2d", nn.Conv2d(1, 32, 3)),\n    ("conv2d_relu", nn.ReLU()),\n    ("max_pooling2d", nn.MaxPool2d(2, stride=2)),\n' +
      '    ("flatten", nn.Flatten()),\n    ("dense", nn.Linear(5408, 10)),\n    ("dense_softmax", nn.Softmax(dim=1)),\n]))\n',
    );
    const cifar = text(exportTorch(model(cifarCnn)), 'model.py');
    expect(cifar).toContain('("conv2d", nn.Conv2d(3, 64, 5, padding=2))');
    // 32 → 16 by windows of 3 and steps of 2 needs one more row and column, below and to the right.
    expect(cifar).toContain('("max_pooling2d_pad", nn.ConstantPad2d((0, 1, 0, 1), float("-inf"))),\n    ("max_pooling2d", nn.MaxPool2d(3, stride=2))');
    const odd = text(exportTorch(model(image([9, 12, 1], conv({ kernelSize: [4, 3], strides: [1, 2], padding: 'same' }), pool({ poolSize: [2, 3], strides: [2, 1] }), flatten, dense(1)))), 'model.py');
    expect(odd).toContain('("conv2d_pad", nn.ZeroPad2d((0, 1, 1, 2))),\n    ("conv2d", nn.Conv2d(1, 2, (4, 3), stride=(1, 2)))');
    expect(odd).toContain('nn.MaxPool2d((2, 3), stride=(2, 1))');
  });

  it('gives every module a name of its own', () => {
    const spec = image([4, 4, 1], conv({ name: 'a', activation: 'relu' }), { type: 'flatten', name: 'a_relu' }, dense(1));
    expect(text(exportTorch(model(spec)), 'model.py')).toContain('("a", nn.Conv2d(1, 2, 3)),\n    ("a_relu_", nn.ReLU()),\n    ("a_relu", nn.Flatten())');
  });

  it('lets no metadata end its comment', () => {
    const files = exportTorch({ ...model(missionCnn), metadata: { note: 'a\nimport os' } });
    expect(text(files, 'model.py').split('\n')[0]).toBe('# note: a?import os');
  });

  it('refuses a model whose outputs are a flattened image', () => {
    expect(() => exportTorch(model(image([4, 4, 1], conv(), flatten)))).toThrow(expect.objectContaining({ code: 'export-order' }));
  });
});

describe('every format', () => {
  const formats = { exportTorch, exportKeras, exportLayersModel };

  it('carries the metadata in its own place', () => {
    expect(headerOf(file(exportKeras(model(missionCnn)), 'model.safetensors') as Uint8Array).__metadata__).toEqual(metadata);
    expect(headerOf(file(exportTorch(model(missionCnn)), 'model.safetensors') as Uint8Array).__metadata__).toEqual({ ...metadata, format: 'pt' });
    expect(JSON.parse(text(exportLayersModel(model(missionCnn)), 'model.json'))).toMatchObject({ userDefinedMetadata: metadata });
  });

  it.each(Object.entries(formats))('%s refuses tensors of another model', (_, write) => {
    expect(() => write(model(missionCnn, initialTensors(mcmahanCnn, 1)))).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
    expect(() => write(model(mcmahan2nn, initialTensors(mcmahan2nn, 1).slice(1)))).toThrow(/lacks dense.kernel/);
    expect(() => write(model(missionCnn, [...initialTensors(missionCnn, 1), { name: 'extra', shape: [1], data: new Float32Array(1) }]))).toThrow(/has no extra/);
  });

  it('keeps every value of every tensor', () => {
    for (const spec of [missionCnn, mcmahan2nn]) {
      const tensors = counted(spec);
      const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
      const whole = tensors.reduce((total, { data }) => total + sum(data), 0);
      for (const write of [exportTorch, exportKeras]) {
        expect([...tensorsOf(write(model(spec, tensors))).values()].reduce((total, { data }) => total + sum(data), 0)).toBe(whole);
      }
      const weights = file(exportLayersModel(model(spec, tensors)), 'weights.bin') as Uint8Array;
      expect(sum(new Float32Array(weights.buffer))).toBe(whole);
    }
  });
});
