import { clipped } from './clip.js';
import { fedAdagrad } from './fedadagrad.js';
import { fedAdam } from './fedadam.js';
import { fedAvg } from './fedavg.js';
import { fedAvgM } from './fedavgm.js';
import { fedProx } from './fedprox.js';
import { fedYogi } from './fedyogi.js';
import { krum } from './krum.js';
import { median } from './median.js';
import { multiKrum } from './multi-krum.js';
import type { StrategySpec } from './strategy-spec.js';
import type { Strategy, StrategyPolicy } from './strategy.js';
import { trimmed } from './trimmed-mean.js';

/**
 * The strategy that a plan declares, the clip filter in front of it where the policy has one.
 * @returns undefined for a name that this version does not know
 * @throws ModelError `strategy-parameter`
 */
export function createStrategy({ strategy, policy }: { readonly strategy: StrategySpec; readonly policy: StrategyPolicy }): Strategy | undefined {
  const named = byName(strategy, policy);
  return named === undefined || policy.clip === undefined ? named : clipped(named, policy.clip.norm);
}

function byName(spec: StrategySpec, policy: StrategyPolicy): Strategy | undefined {
  switch (spec.name) {
    case 'fedavg':
      return fedAvg(policy);
    case 'fedprox':
      return fedProx(spec, policy);
    case 'fedavgm':
      return fedAvgM(spec, policy);
    case 'fedadagrad':
      return fedAdagrad(spec, policy);
    case 'fedadam':
      return fedAdam(spec, policy);
    case 'fedyogi':
      return fedYogi(spec, policy);
    case 'median':
      return median(policy);
    case 'trimmed-mean':
      return trimmed(spec, policy);
    case 'krum':
      return krum(spec, policy);
    case 'multi-krum':
      return multiKrum(spec, policy);
    default:
      // A plan read off a chain may be newer than this version.
      return undefined;
  }
}
