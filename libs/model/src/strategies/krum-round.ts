import { SquaredDistances, TILE } from '../robust/squared-distances.js';
import { sortedByName, type Tensor } from '../tensors.js';
import { RobustRound } from './robust-round.js';
import { isTrainable, type KeyWeight, type RoundStart } from './strategy.js';
import { stretches, type UpdateSource } from './update-source.js';

export interface KrumParameters {
  /** Contributors that may send what they like. */
  readonly f: number;
  /** Updates chosen. */
  readonly m: number;
  readonly leastUpdates: number;
}

/** Chooses the m updates of least score, and averages them exactly, all of their tensors. */
export class KrumRound extends RobustRound {
  constructor(
    round: RoundStart,
    private readonly parameters: KrumParameters,
  ) {
    super(round, parameters.leastUpdates);
  }

  protected async combine(base: readonly Tensor[], keys: readonly string[], updates: UpdateSource): Promise<{ model: Tensor[]; weights: KeyWeight[] }> {
    const { f, m } = this.parameters;
    const scores = krumScores(await this.distances(keys, updates), keys.length, f);
    const chosen = new Set(leastScores(scores, m).map((k) => keys[k]!));
    const model = await this.mean(base, keys.filter((key) => chosen.has(key)), updates);
    return { model, weights: keys.map((key) => ({ key, weight: chosen.has(key) ? 1 : 0 })) };
  }

  /** ‖Δ_i − Δ_j‖² over trainable tensors: each tensor's as `SquaredDistances` defines it, added in float64 in order of names. */
  private async distances(keys: readonly string[], updates: UpdateSource): Promise<Float64Array> {
    const total = new Float64Array(keys.length * keys.length);
    for (const tensor of sortedByName(this.round.model.filter(isTrainable))) {
      const distances = new SquaredDistances(keys.length);
      for await (const { rows } of stretches(updates, keys, tensor, TILE)) distances.add(rows);
      distances.finish().forEach((distance, at) => (total[at] = total[at]! + distance));
    }
    return total;
  }
}

/** @returns for each update the sum of its n − f − 2 least distances to others, added in ascending order in float64 */
export function krumScores(distances: Float64Array, n: number, f: number): number[] {
  return Array.from({ length: n }, (_, i) => {
    const others = distances.slice(i * n, i * n + n).filter((_, j) => j !== i).sort();
    let score = 0;
    for (let k = 0; k < n - f - 2; k++) score += others[k]!;
    return score;
  });
}

/** @returns the positions of the m least scores; of equal ones the first, which is the least key */
export function leastScores(scores: readonly number[], m: number): number[] {
  return scores.map((_, k) => k).sort((a, b) => scores[a]! - scores[b]! || a - b).slice(0, m);
}
