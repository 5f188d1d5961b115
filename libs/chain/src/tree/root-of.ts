import { compareBytes } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import { CompactRange } from './compact-range.js';

/**
 * RFC 6962 root of a tree whose leaf hashes are given (entries are hashed with `leafHash` before).
 * @param leafHashes 32 bytes each @returns 32 bytes
 */
export function rootOf(crypto: Crypto, leafHashes: Iterable<Uint8Array>): Uint8Array {
  const range = new CompactRange(crypto);
  for (const hash of leafHashes) range.append(hash);
  return range.root();
}

/** `rootOf` over the hashes in bytewise order: the root of a set, whatever the order of arrival. */
export function sortedRootOf(crypto: Crypto, leafHashes: Iterable<Uint8Array>): Uint8Array {
  return rootOf(crypto, [...leafHashes].sort(compareBytes));
}
