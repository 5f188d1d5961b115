import { fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { cohortRoot, cohortSeed, drawCohort } from '@fedseal/chain/cohort/draw-cohort';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { decodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import type { AuditedPlan } from './audit-plan.js';

interface CandidateList {
  readonly candidates: readonly string[];
  readonly skipped: readonly { readonly contributor: string; readonly reason: string }[];
}

/**
 * Draws a round's cohort again from its seed, and checks that the candidates and the skipped together are exactly the
 * contributors enrolled in the seed block's tree: nobody can be left out in silence.
 * @param enrolled keyIds of contributors enrolled up to the seed block
 * @returns the cohort in rank order @throws ChainError `audit.candidates`, `audit.cohort`
 */
export function auditCohort(
  crypto: Crypto,
  open: Payload<'round.open'>,
  runLeafHash: string,
  listed: Uint8Array,
  enrolled: ReadonlySet<string>,
  plan: AuditedPlan,
): string[] {
  const { candidates, skipped } = readCandidates(listed);
  const everybody = [...candidates, ...skipped.map(({ contributor }) => contributor)];
  if (new Set(everybody).size !== everybody.length || everybody.length !== enrolled.size || everybody.some((keyId) => !enrolled.has(keyId))) {
    throw new ChainError('audit.candidates', `The candidates and the skipped of round ${open.round} are not the contributors enrolled in block ${open.seed.height}.`);
  }
  const size = plan.cohortSize === 'all' ? candidates.length : Math.min(plan.cohortSize, candidates.length);
  const seed = cohortSeed(crypto, { blockHash: fromHex(open.seed.blockHash), runLeafHash: fromHex(runLeafHash), round: open.round });
  const cohort = drawCohort(crypto, { seed, candidates, size });
  if (cohort.length !== open.cohort.size || toHex(cohortRoot(crypto, cohort)) !== open.cohort.root) {
    throw new ChainError('audit.cohort', `The cohort of round ${open.round} is not the one that its seed draws.`);
  }
  return cohort;
}

function readCandidates(bytes: Uint8Array): CandidateList {
  const value = decodeCanonicalJson(bytes) as Partial<CandidateList> | null;
  if (!Array.isArray(value?.candidates) || !Array.isArray(value.skipped)) {
    throw new ChainError('audit.candidates', 'The list of candidates does not have the fields `candidates` and `skipped`.');
  }
  return value as CandidateList;
}
