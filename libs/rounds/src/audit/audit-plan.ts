import { ChainError } from '@fedseal/chain/chain-error';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import type { StrategyPolicy } from '@fedseal/model/strategies/strategy';

/** Both hosts have it; this library compiles with neither Node's nor a browser's types. */
declare const TextDecoder: new (label: 'utf-8', options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };

/** The part of a sealed plan that an auditor replays. */
export interface AuditedPlan {
  readonly model: ModelSpec;
  readonly seed: number;
  readonly strategy: string;
  readonly policy: StrategyPolicy;
  /** Contributors invited per round. */
  readonly cohortSize: number | 'all';
}

/** Reads a plan's blob. Its digest is sealed, so what is missing here was missing when it was accepted. @throws ChainError `audit.plan` */
export function readPlan(bytes: Uint8Array): AuditedPlan {
  try {
    const plan = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as {
      model: ModelSpec;
      seed: number;
      strategy: { name: string };
      policy: StrategyPolicy;
      cohort: { size: number | 'all' };
    };
    const { weighting, examplesCap } = plan.policy;
    return { model: plan.model, seed: plan.seed, strategy: plan.strategy.name, policy: { weighting, examplesCap }, cohortSize: plan.cohort.size };
  } catch (cause) {
    throw new ChainError('audit.plan', 'The sealed plan is not a plan this auditor can read; use a newer one.', {}, { cause });
  }
}
