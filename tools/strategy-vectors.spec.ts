import { readFileSync } from 'node:fs';
import { gridFor, type Grid } from '@fedseal/model/aggregate/grid';
import { Xoshiro128 } from '@fedseal/model/init/xoshiro128';
import { SquaredDistances } from '@fedseal/model/robust/squared-distances';
import { createStrategy } from '@fedseal/model/strategies/create-strategy';
import { decimalText } from '@fedseal/model/strategies/parameters';
import type { StrategyPolicy } from '@fedseal/model/strategies/strategy';
import type { StrategySpec } from '@fedseal/model/strategies/strategy-spec';
import { updateNorm } from '@fedseal/model/strategies/update-norm';
import { sourceOf } from '@fedseal/model/strategies/update-source';
import type { Tensor } from '@fedseal/model/tensors';
import { describe, expect, it } from 'vitest';

interface HexTensor {
  readonly name: string;
  readonly shape: number[];
  readonly data: string;
}

interface Vectors {
  readonly base: HexTensor[];
  readonly updates: { commit: string; examples: number; tensors: HexTensor[] }[];
  readonly cases: {
    strategy: StrategySpec; policy: StrategyPolicy; updates: number; parameters: Record<string, string>; least: number; grid: Grid;
    rounds: { weights: { commit: string; weight: number }[]; denominator: string; model: HexTensor[]; state: HexTensor[] }[];
  }[];
  readonly distances: { seed: number; lengths: number[]; first: string; pairs: { rows: [number, number]; squared: string }[] };
  readonly norm: { seed: number; lengths: number[]; names: string[]; norm: string };
  readonly decimals: { number: number; text: string }[];
}

const vectors = JSON.parse(readFileSync(new URL('../docs/vectors/strategies.json', import.meta.url), 'utf8')) as Vectors;

const hex = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array) => Buffer.from(buffer, byteOffset, byteLength).toString('hex');
const tensors = (list: readonly HexTensor[]): Tensor[] =>
  list.map(({ name, shape, data }) => ({ name, shape, data: new Float32Array(Uint8Array.from(Buffer.from(data, 'hex')).buffer) }));
const hexTensors = (list: readonly Tensor[]): HexTensor[] => list.map(({ name, shape, data }) => ({ name, shape: [...shape], data: hex(data) }));

function rows({ seed, lengths }: { seed: number; lengths: readonly number[] }): Float32Array[] {
  const stream = Xoshiro128.fromSeed(seed);
  return lengths.map((length) => Float32Array.from({ length }, () => (2 * (stream.next() >>> 8) + 1 - 0x1000000) / 0x1000000));
}

describe('docs/vectors/strategies.json holds for the coordinator’s code', () => {
  it.each(vectors.cases)('$strategy.name, $policy', async ({ strategy: spec, policy, updates: count, parameters, least, grid, rounds }) => {
    const strategy = createStrategy({ strategy: spec, policy })!;
    expect({ parameters: strategy.parameters, least: strategy.leastUpdates }).toEqual({ parameters, least });
    expect(gridFor({ bound: 8, aMax: strategy.largestWeightSum(count) })).toEqual(grid);
    const updates = vectors.updates.slice(0, count).map(({ commit, examples, tensors: deltas }) => ({ commit, examples, deltas: tensors(deltas) }));
    let base = tensors(vectors.base);
    let state = strategy.initialState(base);
    for (const stated of rounds) {
      const combiner = strategy.begin({ model: base, grid, state });
      for (const { commit, examples, deltas } of updates) {
        const verdict = strategy.weightOf(examples);
        combiner.fold({ key: commit, deltas, weight: 'weight' in verdict ? verdict.weight : 0 });
      }
      const result = await combiner.finish(base, sourceOf((key) => updates.find(({ commit }) => commit === key)?.deltas));
      expect({
        weights: result.weights.map(({ key, weight }) => ({ commit: key.slice(0, 8), weight })),
        denominator: String(result.denominator), model: hexTensors(result.model), state: hexTensors(result.state),
      }).toEqual(stated);
      base = result.model;
      state = result.state;
    }
  });

  it('distances and norm past one tile', () => {
    const { distances, norm } = vectors;
    const updates = rows(distances);
    expect(hex(updates[0]!.slice(0, 4))).toBe(distances.first);
    const sums = new SquaredDistances(updates.length);
    sums.add(updates);
    const found = sums.finish();
    for (const { rows: [i, j], squared } of distances.pairs) expect(hex(Float64Array.of(found[i * updates.length + j]!))).toBe(squared);
    const parts = rows(norm).map((data, n) => ({ name: norm.names[n]!, shape: [data.length], data }));
    expect(hex(Float64Array.of(updateNorm(parts)))).toBe(norm.norm);
  });

  it('decimals', () => {
    for (const { number, text } of vectors.decimals) expect(decimalText(number)).toBe(text);
  });
});
