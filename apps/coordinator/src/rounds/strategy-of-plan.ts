import { gridFor, type Grid } from '@fedseal/model/aggregate/grid';
import { createStrategy } from '@fedseal/model/strategies/create-strategy';
import type { Strategy } from '@fedseal/model/strategies/strategy';
import type { RunPlan } from '@fedseal/protocol/plan';
import { TRAINABLE_BOUND } from '@fedseal/rounds/aggregate/trainable-bound';
import { CodedError } from '../observability/coded-error.js';

/** @throws CodedError `plan.strategy`, ModelError `strategy-parameter` */
export function strategyOfPlan(plan: Pick<RunPlan, 'strategy' | 'policy'>): Strategy {
  const strategy = createStrategy(plan);
  if (strategy === undefined) {
    throw new CodedError('plan.strategy', `This coordinator knows no strategy named ${plan.strategy.name}. docs/STRATEGIES.md lists those there are.`);
  }
  return strategy;
}

/** The grid that `round.open` seals for a cohort of this size. */
export function gridOfRound(plan: RunPlan, invited: number): Grid {
  return gridFor({ bound: TRAINABLE_BOUND, aMax: strategyOfPlan(plan).largestWeightSum(invited) });
}

/**
 * Whether a round of this plan can close at all: the quorum is what the strategy needs, so that an attempt with fewer updates ends
 * below quorum and is tried again. @throws CodedError `plan.quorum`
 */
export function checkQuorum(plan: RunPlan): void {
  const { size } = plan.cohort;
  const { quorum } = plan.policy;
  const { name, leastUpdates } = strategyOfPlan(plan);
  if (quorum < leastUpdates) {
    throw new CodedError(
      'plan.quorum',
      `${name} with these parameters needs at least ${leastUpdates} accepted updates and the plan closes a round with ${quorum}. ` +
        `Set policy.quorum to ${leastUpdates} or more, or let the strategy withstand fewer.`,
    );
  }
  if (size !== 'all' && size < quorum) {
    throw new CodedError('plan.quorum', `The plan invites ${size} and needs ${quorum} updates. Invite at least as many as the quorum.`);
  }
}
