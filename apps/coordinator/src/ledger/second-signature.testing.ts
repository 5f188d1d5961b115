import { createHash } from 'node:crypto';
import { concatBytes } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';

/** Order of the group, RFC 8032, section 5.1. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * A signer of the same key whose signatures are valid and differ from RFC 8032's: the nonce is another. Whoever holds a key
 * can make as many leaves of one payload as it likes.
 */
export function secondSigner(seed: Uint8Array): Signer {
  const { keyId, publicKey } = createSigner(seed);
  const a = scalarOf(seed);
  return {
    keyId,
    publicKey,
    sign: (message) => {
      const nonceSeed = sha512(concatBytes(seed, message)).slice(0, 32);
      const r = createSigner(nonceSeed).publicKey;
      const k = littleEndian(sha512(concatBytes(r, publicKey, message)));
      const s = (scalarOf(nonceSeed) + k * a) % L;
      return concatBytes(r, Uint8Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 0xffn)));
    },
  };
}

function scalarOf(seed: Uint8Array): bigint {
  const bytes = sha512(seed).slice(0, 32);
  bytes[0] = (bytes[0] as number) & 248;
  bytes[31] = ((bytes[31] as number) & 127) | 64;
  return littleEndian(bytes);
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function sha512(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha512').update(bytes).digest());
}
