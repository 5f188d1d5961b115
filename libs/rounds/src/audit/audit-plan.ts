import { ChainError } from '@fedseal/chain/chain-error';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { ModelError } from '@fedseal/model/model-error';
import { createStrategy } from '@fedseal/model/strategies/create-strategy';
import { sealedParameters } from '@fedseal/model/strategies/parameters';
import type { StrategySpec } from '@fedseal/model/strategies/strategy-spec';
import type { Strategy, StrategyPolicy } from '@fedseal/model/strategies/strategy';
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
  readonly strategyName: string;
  /** Undefined for one that this version does not know. */
  readonly strategy: Strategy | undefined;
  readonly examplesCap: number;
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
  const examplesCap = number('policy.examplesCap', 1, MOST_EXAMPLES);
  const strategy = readStrategy(plan, examplesCap);
  return {
    name: text(fieldAt(plan, 'name'), 'name'),
    model: readModelSpec(plan),
    seed: number('seed', 0),
    rounds: number('rounds'),
    strategyName: text(fieldAt(plan, 'strategy.name'), 'strategy.name'),
    strategy,
    examplesCap,
    quorum: number('policy.quorum', strategy?.leastUpdates),
    deadlineMs: secondsAsMs(fieldAt(plan, 'policy.deadlineSeconds'), 'policy.deadlineSeconds'),
    cohort: { size: size === 'all' ? size : number('cohort.size'), minimum: number('cohort.minimum') },
    retention: readRetention(fieldAt(plan, 'retention')),
  };
}

/** Its parameters and the clip filter are the strategy's own to check. */
function readStrategy(plan: unknown, examplesCap: number): Strategy | undefined {
  const strategy = fieldAt(plan, 'strategy') as StrategySpec;
  const weighting = oneOf(fieldAt(plan, 'policy.weighting'), 'policy.weighting', ['examples', 'uniform']);
  const clip = hasField(fieldAt(plan, 'policy'), 'clip') ? { norm: fieldAt(plan, 'policy.clip.norm') as number } : undefined;
  text(fieldAt(plan, 'strategy.name'), 'strategy.name');
  try {
    // Also of a strategy that is unknown here.
    if (clip !== undefined) sealedParameters(clip);
    return createStrategy({ strategy, policy: { weighting, examplesCap, clip } satisfies StrategyPolicy });
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new ChainError('audit.plan', `The sealed plan is not one that this auditor can follow: ${cause.message}`, {}, { cause });
  }
}

function readRetention(value: unknown): AuditedPlan['retention'] {
  if (value === 'all' || value === 'hashes') return { updates: value, rounds: 0 };
  if (!hasField(value, 'lastRounds')) throw refusePlan('retention', '"all", "hashes" or {"lastRounds": …}');
  return { updates: 'last', rounds: whole(value['lastRounds'], 'retention.lastRounds') };
}
