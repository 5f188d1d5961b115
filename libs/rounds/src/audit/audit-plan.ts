import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import type { StrategySpec } from '@fedseal/model/strategies/strategy-spec';
import type { StrategyPolicy } from '@fedseal/model/strategies/strategy';
import { fieldAt, hasField, oneOf, readPlanJson, refusePlan, secondsAsMs, text, whole } from './plan-fields.js';
import { readModelSpec } from './plan-layers.js';

/** The part of a sealed plan that an auditor replays. */
export interface AuditedPlan {
  /** The run's own name. */
  readonly name: string;
  readonly model: ModelSpec;
  readonly seed: number;
  /** Rounds of a completed run. */
  readonly rounds: number;
  readonly strategy: StrategySpec;
  readonly policy: StrategyPolicy;
  readonly quorum: number;
  /** How long an attempt waits for updates. */
  readonly deadlineMs: number;
  readonly cohort: {
    /** Contributors invited per round. */
    readonly size: number | 'all';
    /** Candidates without which no round opens. */
    readonly minimum: number;
  };
  /** As `run.create` seals it. */
  readonly retention: { readonly updates: 'all' | 'last' | 'hashes'; readonly rounds: number };
}

/** Largest examples cap: up to 2^29 the product of a weight and a float32 is exact in float64. */
const MOST_EXAMPLES = 2 ** 29;

/** Reads a plan's blob. @throws ChainError `audit.plan` for what is missing, of another type or out of its range */
export function readPlan(bytes: Uint8Array): AuditedPlan {
  const plan = readPlanJson(bytes);
  const number = (path: string, least = 1, most?: number) => whole(fieldAt(plan, path), path, least, most);
  const size = fieldAt(plan, 'cohort.size');
  return {
    name: text(fieldAt(plan, 'name'), 'name'),
    model: readModelSpec(plan),
    seed: number('seed', 0),
    rounds: number('rounds'),
    strategy: readStrategy(plan),
    policy: {
      weighting: oneOf(fieldAt(plan, 'policy.weighting'), 'policy.weighting', ['examples', 'uniform']),
      examplesCap: number('policy.examplesCap', 1, MOST_EXAMPLES),
      clip: readClip(plan),
    },
    quorum: number('policy.quorum'),
    deadlineMs: secondsAsMs(fieldAt(plan, 'policy.deadlineSeconds'), 'policy.deadlineSeconds'),
    cohort: { size: size === 'all' ? size : number('cohort.size'), minimum: number('cohort.minimum') },
    retention: readRetention(fieldAt(plan, 'retention')),
  };
}

/** The name alone is looked at here; `createStrategy` refuses parameters that are missing or out of range. */
function readStrategy(plan: unknown): StrategySpec {
  text(fieldAt(plan, 'strategy.name'), 'strategy.name');
  return fieldAt(plan, 'strategy') as StrategySpec;
}

function readClip(plan: unknown): StrategyPolicy['clip'] {
  return hasField(fieldAt(plan, 'policy'), 'clip') ? { norm: fieldAt(plan, 'policy.clip.norm') as number } : undefined;
}

function readRetention(value: unknown): AuditedPlan['retention'] {
  if (value === 'all' || value === 'hashes') return { updates: value, rounds: 0 };
  if (!hasField(value, 'lastRounds')) throw refusePlan('retention', '"all", "hashes" or {"lastRounds": …}');
  return { updates: 'last', rounds: whole(value['lastRounds'], 'retention.lastRounds') };
}
