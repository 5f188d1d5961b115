import { sealedParameters, type ParameterName } from './parameters.js';
import type { RoundCombiner, RoundStart, Strategy, StrategyPolicy } from './strategy.js';
import { weighing } from './weighing.js';

export interface RobustRule {
  readonly name: string;
  readonly parameters: Readonly<Partial<Record<ParameterName, number>>>;
  readonly leastUpdates: number;
  readonly chooses: boolean;
  begin(round: RoundStart): RoundCombiner;
}

/**
 * A rule that withstands contributors who send what they like. It ignores n_k, since a liar would declare the most: weighting is
 * `uniform` whatever the plan says, and is sealed so.
 */
export function robust({ parameters, ...rule }: RobustRule, policy: StrategyPolicy): Strategy {
  return {
    ...rule,
    ...weighing(policy, 'uniform'),
    parameters: { weighting: 'uniform', examplesCap: String(policy.examplesCap), ...sealedParameters(parameters) },
    clientTerms: {},
    initialState: () => [],
  };
}
