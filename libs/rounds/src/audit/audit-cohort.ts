import { fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { cohortRoot, cohortSeed, drawCohort } from '@fedseal/chain/cohort/draw-cohort';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { decodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import type { AuditedPlan } from './audit-plan.js';

const KEY_ID = /^[0-9a-f]{64}$/;
const REASON = /^[a-z][a-z0-9-]{0,62}$/;

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
  if (candidates.length < plan.cohort.minimum) {
    throw new ChainError('audit.candidates', `Round ${open.round} opens with ${candidates.length} candidates; its plan asks for ${plan.cohort.minimum}.`);
  }
  const size = plan.cohort.size === 'all' ? candidates.length : Math.min(plan.cohort.size, candidates.length);
  const seed = cohortSeed(crypto, { blockHash: fromHex(open.seed.blockHash), runLeafHash: fromHex(runLeafHash), round: open.round });
  const cohort = drawCohort(crypto, { seed, candidates, size });
  if (cohort.length !== open.cohort.size || toHex(cohortRoot(crypto, cohort)) !== open.cohort.root) {
    throw new ChainError('audit.cohort', `The cohort of round ${open.round} is not the one that its seed draws.`);
  }
  return cohort;
}

function readCandidates(bytes: Uint8Array): CandidateList {
  const value = decodeCanonicalJson(bytes);
  if (!isCandidateList(value)) {
    throw new ChainError('audit.candidates', 'The list of candidates must have exactly `candidates`, of keyIds, and `skipped`, of contributors and reasons.');
  }
  return value;
}

function isCandidateList(value: unknown): value is CandidateList {
  return (
    hasExactly(value, 'candidates', 'skipped') &&
    Array.isArray(value['candidates']) && value['candidates'].every((keyId) => matches(keyId, KEY_ID)) &&
    Array.isArray(value['skipped']) &&
    value['skipped'].every((row: unknown) => hasExactly(row, 'contributor', 'reason') && matches(row['contributor'], KEY_ID) && matches(row['reason'], REASON))
  );
}

function hasExactly(value: unknown, ...names: string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}
