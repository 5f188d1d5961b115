import type { Xoshiro128 } from '../../init/xoshiro128.js';
import type { Tensor } from '../../tensors.js';
import type { Examples } from './softmax-regression.js';

/** What a dishonest contributor does. Each is taken from the literature on Byzantine learning. */
export interface Attack {
  readonly name: string;
  /** Changes its data before it trains. */
  readonly poison?: (examples: Examples, classes: number) => Examples;
  /** Changes its update after it trained. */
  readonly distort?: (deltas: readonly Tensor[], random: Xoshiro128) => Tensor[];
}

/** Δ' = −factor · Δ (Li, Xu, Chen, Giannakis, Ling 2019, "RSA", AAAI, arXiv:1811.03761). */
export function signFlip(factor: number): Attack {
  return { name: `sign flip × ${factor}`, distort: (deltas) => mapped(deltas, (value) => -factor * value) };
}

/** Δ' = noise of this standard deviation and mean 0, nearly Gaussian: twelve uniforms added (Blanchard et al. 2017, section 5). */
export function noise(deviation: number): Attack {
  return {
    name: `noise, σ = ${deviation}`,
    distort: (deltas, random) =>
      mapped(deltas, () => {
        let sum = -6;
        for (let k = 0; k < 12; k++) sum += random.next() / 2 ** 32;
        return sum * deviation;
      }),
  };
}

/** Trains on label c − 1 − y instead of y (Fang, Cao, Jia, Gong 2020, USENIX Security, arXiv:1911.11815, section 5.1.3). */
export function labelFlip(): Attack {
  return {
    name: 'label flip',
    poison: ({ count, inputs, labels }, classes) => ({ count, inputs, labels: labels.map((label) => classes - 1 - label) }),
  };
}

function mapped(deltas: readonly Tensor[], change: (value: number) => number): Tensor[] {
  return deltas.map((tensor) => ({ ...tensor, data: tensor.data.map(change) }));
}
