import { Xoshiro128 } from '../../init/xoshiro128.js';
import { createStrategy } from '../../strategies/create-strategy.js';
import type { StrategySpec } from '../../strategies/strategy-spec.js';
import { sourceOf } from '../../strategies/update-source.js';
import type { Tensor } from '../../tensors.js';
import type { Attack } from './attack.js';
import { SoftmaxRegression, type Examples, type LocalTraining, type Problem } from './softmax-regression.js';

export interface Scenario extends Problem {
  /** One set a contributor; the first ones are the attackers'. */
  readonly parts: readonly Examples[];
  readonly test: Examples;
  readonly rounds: number;
  readonly training: LocalTraining;
  readonly seed: number;
}

export interface Defence {
  readonly strategy: StrategySpec;
  readonly clip?: { readonly norm: number };
}

const BOUND = 8;

/**
 * A whole run in one process: every contributor trains in every round and the strategy combines the updates as the coordinator
 * does, bound included: what an attacker makes larger than B is cut to it, since it would only be refused otherwise.
 * @returns test accuracy after each round
 */
export async function attackedRun(scenario: Scenario, { strategy: spec, clip }: Defence, attackers: number, attack?: Attack): Promise<number[]> {
  const strategy = createStrategy({ strategy: spec, policy: { weighting: 'examples', examplesCap: 1_000_000, clip } })!;
  const learner = new SoftmaxRegression(scenario);
  let model = learner.initial();
  let state = strategy.initialState(model);
  const accuracies: number[] = [];
  for (let round = 1; round <= scenario.rounds; round++) {
    const grid = { aMax: strategy.largestWeightSum(scenario.parts.length), bound: BOUND };
    const combiner = strategy.begin({ model, grid, state });
    const updates = new Map<string, readonly Tensor[]>();
    for (const [k, part] of scenario.parts.entries()) {
      const deltas = contribute(scenario, learner, model, part, k * 10_000 + round, k < attackers ? attack : undefined);
      const verdict = strategy.weightOf(part.count);
      if ('refused' in verdict) throw new Error(verdict.refused);
      const key = String(k).padStart(4, '0');
      updates.set(key, deltas);
      combiner.fold({ key, deltas, weight: verdict.weight });
    }
    const result = await combiner.finish(model, sourceOf((key) => updates.get(key)));
    model = result.model;
    state = result.state;
    accuracies.push(learner.accuracy(model, scenario.test));
  }
  return accuracies;
}

function contribute(scenario: Scenario, learner: SoftmaxRegression, model: readonly Tensor[], part: Examples, stream: number, attack?: Attack): Tensor[] {
  const random = Xoshiro128.fromSeed(scenario.seed * 1_000_000 + stream);
  const examples = attack?.poison?.(part, scenario.classes) ?? part;
  const honest = learner.train(model, examples, scenario.training, random);
  const sent = attack?.distort?.(honest, random) ?? honest;
  return sent.map((tensor) => ({ ...tensor, data: tensor.data.map((value) => Math.max(-BOUND, Math.min(BOUND, value))) }));
}
