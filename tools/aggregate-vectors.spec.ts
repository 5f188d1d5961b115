import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { ExactSum } from '@fedseal/model/aggregate/exact-sum';
import { ExactSumReference } from '@fedseal/model/aggregate/exact-sum-reference';
import { gridFor, type Grid } from '@fedseal/model/aggregate/grid';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { createSplitMix64, Xoshiro128 } from '@fedseal/model/init/xoshiro128';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { resolveLayers } from '@fedseal/model/layers/resolve-layers';
import { ModelError } from '@fedseal/model/model-error';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import { rootOfTensors } from '@fedseal/rounds/audit/audit-model';
import { describe, expect, it } from 'vitest';

interface HexTensor {
  readonly name: string;
  readonly shape: number[];
  readonly data: string;
}

interface Vectors {
  readonly generator: { seed: string; splitMix: string[]; words: number[] }[];
  readonly initial: {
    model: ModelSpec; seed: number; shapes: { layer: string; output: number[] }[]; tensors: HexTensor[];
    bytes: number; sha256: string; tensorRoot: string;
  };
  readonly safetensors: { tensors: HexTensor[]; file: string };
  readonly headers: { header: string; data: number; rule: string }[];
  readonly grids: Grid[];
  readonly sum: { base: string; grid: Grid; denominator: number; updates: { weight: number; delta: string }[]; sums: string[]; model: string };
}

const page = readFileSync(new URL('../docs/AGGREGATE.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```json vectors\n(.*?)^```$/gms)].map((block) => JSON.parse(block[1]!) as Partial<Vectors>);
const vectors = Object.assign({}, ...blocks) as Vectors;

const floats = (hex: string) => new Float32Array(Uint8Array.from(Buffer.from(hex, 'hex')).buffer);
const hex = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
const tensors = (list: readonly HexTensor[]): Tensor[] => list.map(({ name, shape, data }) => ({ name, shape, data: floats(data) }));
const hexTensors = (list: readonly Tensor[]) => list.map(({ name, shape, data }) => ({ name, shape, data: hex(data) }));

describe('the vectors of docs/AGGREGATE.md hold for the coordinator’s code', () => {
  it('generator', () => {
    for (const { seed, splitMix, words } of vectors.generator) {
      const next = createSplitMix64(BigInt(seed));
      const stream = Xoshiro128.fromSeed(Number(seed));
      expect(splitMix.map(() => next().toString(16).padStart(16, '0'))).toEqual(splitMix);
      expect(words.map(() => stream.next())).toEqual(words);
    }
  });

  it('initial model', () => {
    const { model, seed, shapes, bytes, sha256, tensorRoot } = vectors.initial;
    expect(resolveLayers(model).map(({ name, outputShape }) => ({ layer: name, output: outputShape }))).toEqual(shapes);
    const initial = initialTensors(model, seed);
    expect(hexTensors(initial)).toEqual(vectors.initial.tensors);
    const file = encodeSafetensors(initial);
    expect({ bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') }).toEqual({ bytes, sha256 });
    expect(rootOfTensors(nodeCrypto, initial)).toBe(tensorRoot);
  });

  it('safetensors', () => {
    expect(Buffer.from(encodeSafetensors(tensors(vectors.safetensors.tensors))).toString('hex')).toBe(vectors.safetensors.file);
    for (const { header, data, rule } of vectors.headers) {
      const json = Buffer.from(header);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(json.length));
      expect(ruleOf(new Uint8Array(Buffer.concat([length, json, Buffer.alloc(data)]))), header).toBe(rule);
    }
  });

  it('grids and the sum, in any order', () => {
    for (const grid of vectors.grids) expect(gridFor(grid)).toEqual(grid);
    const { base, grid, denominator, updates, sums, model } = vectors.sum;
    for (const create of [ExactSum, ExactSumReference]) {
      for (const order of [updates, [...updates].reverse()]) {
        const sum = new create(floats(base).length, grid);
        for (const { delta, weight } of order) sum.fold(floats(delta), weight);
        expect([...sum.sums()].map(String)).toEqual(sums);
        expect(hex(sum.finish(floats(base), denominator))).toBe(model);
      }
    }
  });
});

function ruleOf(file: Uint8Array): string {
  try {
    decodeSafetensors(file);
    return 'ok';
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
}
