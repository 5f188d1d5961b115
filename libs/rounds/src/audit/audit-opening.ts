import { ChainError } from '@fedseal/chain/chain-error';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { gridFor, sameGrid, type Grid } from '@fedseal/model/aggregate/grid';
import { ModelError } from '@fedseal/model/model-error';
import type { Strategy } from '@fedseal/model/strategies/strategy';
import { TRAINABLE_BOUND } from '../aggregate/trainable-bound.js';
import type { AuditedPlan } from './audit-plan.js';

type Open = Payload<'round.open'>;

/**
 * Holds what `round.open` declares to its run's plan. The cohort is drawn elsewhere.
 * @returns the plan's strategy @throws ChainError `audit.rounds`, `audit.strategy`, `audit.policy`, `audit.grid`
 */
export function auditOpening(open: Open, plan: AuditedPlan): Strategy {
  if (open.round > plan.rounds) throw new ChainError('audit.rounds', `Round ${open.round} opens, but the plan has ${plan.rounds}.`);
  const { strategy } = plan;
  if (strategy === undefined) {
    throw new ChainError('audit.strategy', `Round ${open.round} not rebuilt: strategy ${plan.strategyName} unknown here; use a newer auditor.`);
  }
  const { quorum, target, deadlineMs, weighting, examplesCap } = open.policy;
  const asPlanned = quorum === plan.quorum && deadlineMs === plan.deadlineMs && weighting === strategy.weighting && examplesCap === plan.examplesCap;
  if (!asPlanned || target !== open.cohort.size) {
    throw new ChainError('audit.policy', `The policy of round ${open.round} is not the one its plan and cohort give.`);
  }
  const grid = gridOrNone(strategy.largestWeightSum(open.cohort.size));
  if (grid === undefined || !sameGrid(grid, open.grid)) {
    throw new ChainError('audit.grid', `The grid of round ${open.round} is not the one its cohort and plan give.`);
  }
  return strategy;
}

/** Undefined where the weights could leave the integers that a float64 holds. */
function gridOrNone(aMax: number): Grid | undefined {
  try {
    return gridFor({ bound: TRAINABLE_BOUND, aMax });
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
