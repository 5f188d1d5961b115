import { fedAvg } from '@fedseal/model/strategies/fedavg';
import type { Strategy } from '@fedseal/model/strategies/strategy';

const STRATEGIES: readonly Strategy[] = [fedAvg];

/** @returns the strategy a plan or a `round.close` names, or undefined for one this version does not know. */
export function strategyOf(name: string): Strategy | undefined {
  return STRATEGIES.find((strategy) => strategy.name === name);
}
