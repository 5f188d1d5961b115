import { compareBytes, concatBytes, fromHex, utf8 } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { rootOf } from '../tree/root-of.js';

const SEED_DOMAIN = utf8('fedseal/cohort/v1\0');
const RANK_DOMAIN = utf8('fedseal/rank/v1\0');

export interface CohortSeedParts {
  /** Hash of the newest block sealed when the round was opened, 32 bytes. */
  readonly blockHash: Uint8Array;
  /** Leaf hash of the run's `run.create`, 32 bytes. */
  readonly runLeafHash: Uint8Array;
  /** Counted from 1. */
  readonly round: number;
}

/**
 * `SHA-256("fedseal/cohort/v1\0" ‖ blockHash ‖ runLeafHash ‖ u64 round)`. It fixes the draw before the round begins. It does not
 * stop an operator who discards blocks, times the opening or calls candidates offline.
 */
export function cohortSeed(crypto: Crypto, { blockHash, runLeafHash, round }: CohortSeedParts): Uint8Array {
  if (blockHash.length !== 32 || runLeafHash.length !== 32) throw new RangeError('Hashes are 32 bytes.');
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(round));
  return crypto.sha256(concatBytes(SEED_DOMAIN, blockHash, runLeafHash, number));
}

/**
 * Ranks candidates by `SHA-256("fedseal/rank/v1\0" ‖ seed ‖ keyId)`, ascending bytewise, and takes the first `size`.
 * @param candidates hex keyIds, each once, in any order
 * @returns the invited, hex, in rank order; all of them when there are no more than `size`
 */
export function drawCohort(
  crypto: Crypto,
  { seed, candidates, size }: { seed: Uint8Array; candidates: readonly string[]; size: number },
): string[] {
  if (new Set(candidates).size !== candidates.length) throw new RangeError('A candidate is listed twice.');
  return candidates
    .map((keyId) => ({ keyId, rank: crypto.sha256(concatBytes(RANK_DOMAIN, seed, fromHex(keyId))) }))
    .sort((a, b) => compareBytes(a.rank, b.rank))
    .slice(0, size)
    .map(({ keyId }) => keyId);
}

/** RFC 6962 root over the invited keyIds as entries (32 raw bytes each), in rank order. @param keyIds hex */
export function cohortRoot(crypto: Crypto, keyIds: readonly string[]): Uint8Array {
  return rootOf(crypto, keyIds.map((keyId) => leafHash(crypto, fromHex(keyId))));
}
