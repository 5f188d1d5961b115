import { equalBytes } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import { nodeHash } from './node-hash.js';

export interface ConsistencyClaim {
  readonly from: number;
  readonly fromRoot: Uint8Array;
  readonly to: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Checks that the tree of `from` leaves is a prefix of the tree of `to` leaves, 1 ≤ from ≤ to (RFC 9162, section 2.1.4.2). The
 * empty tree is a prefix of everything, so nothing is claimed by it.
 * @throws ChainError `tree.consistency`
 */
export function verifyConsistency(crypto: Crypto, { from, fromRoot, to, toRoot, proof }: ConsistencyClaim): void {
  const refuse = (why: string) => new ChainError('tree.consistency', `The consistency proof does not hold: ${why}.`);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 1 || from > to) {
    throw refuse(`a tree of ${from} leaves does not come before one of ${to}`);
  }
  if (proof.some((hash) => hash.length !== 32)) throw refuse('hashes are 32 bytes');
  if (from === to) {
    if (proof.length !== 0) throw refuse('it is too long');
    if (!equalBytes(fromRoot, toRoot)) throw refuse('the roots differ');
    return;
  }
  let position = from - 1;
  let last = to - 1;
  while (position % 2 === 1) {
    position = (position - 1) / 2;
    last = Math.floor(last / 2);
  }
  // When the old tree is one perfect subtree, its root is the first hash and the proof leaves it out.
  const path = position === 0 ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) throw refuse('it is too short');
  let oldHash = first;
  let newHash = first;
  for (const sibling of rest) {
    if (last === 0) throw refuse('it is too long');
    if (position % 2 === 1 || position === last) {
      oldHash = nodeHash(crypto, sibling, oldHash);
      newHash = nodeHash(crypto, sibling, newHash);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      newHash = nodeHash(crypto, newHash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw refuse('it is too short');
  if (!equalBytes(oldHash, fromRoot)) throw refuse('it leads to another old root');
  if (!equalBytes(newHash, toRoot)) throw refuse('it leads to another new root');
}
