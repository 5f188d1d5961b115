import { concatBytes, utf8 } from '@fedseal/chain/bytes';
import type { Crypto } from '@fedseal/chain/crypto/crypto';

/**
 * The seed of this contributor's shuffle in one round: the plan's seed, the key and the round, so that no two contributors
 * and no two rounds visit their examples in the same order, and each can be repeated.
 * @param keyId 32 bytes
 * @returns an unsigned 32-bit integer
 */
export function shuffleSeed(crypto: Crypto, planSeed: number, keyId: Uint8Array, run: string, round: number): number {
  const digest = crypto.sha256(concatBytes(utf8(`fedseal/shuffle/v1\0${planSeed}\0${run}\0${round}\0`), keyId));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
}
