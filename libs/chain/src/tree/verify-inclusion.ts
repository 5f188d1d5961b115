import { equalBytes } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import { nodeHash } from './node-hash.js';

export interface InclusionClaim {
  /** 32 bytes */
  readonly leafHash: Uint8Array;
  readonly index: number;
  /** Leaves of the tree that `root` is the root of. */
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/**
 * Checks that a leaf stands at `index` of the tree (RFC 9162, section 2.1.3.2, which restates RFC 6962).
 * @throws ChainError `tree.inclusion`
 */
export function verifyInclusion(crypto: Crypto, { leafHash, index, size, proof, root }: InclusionClaim): void {
  const refuse = (why: string) => new ChainError('tree.inclusion', `The inclusion proof does not hold: ${why}.`);
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) {
    throw refuse(`there is no leaf ${index} in a tree of ${size}`);
  }
  if (leafHash.length !== 32 || proof.some((hash) => hash.length !== 32)) throw refuse('hashes are 32 bytes');
  // Not with bitwise operators: those would cut positions to 32 bits.
  let position = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) throw refuse('it is too long');
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(crypto, sibling, hash);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(crypto, hash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw refuse('it is too short');
  if (!equalBytes(hash, root)) throw refuse('it leads to another root');
}
