import { ChainError } from '../chain-error.js';
import type { Signer } from '../crypto/crypto.js';
import { preAuthEncoding } from '../crypto/pae.js';
import { decodeLeaf } from './decode-leaf.js';
import { encodeLeaf } from './encode-leaf.js';
import { leafKindName, leafPayloadType } from './kinds.js';

/**
 * The same leaf with one signature more, for kinds that two sides sign (an enrolment: first the new key, then the operator).
 * @throws ChainError `leaf.kind` for kinds that nobody signs, `leaf.signatures` when this key has signed already
 */
export function addSignature(leafBytes: Uint8Array, signer: Signer): Uint8Array {
  const { kind, payload, signatures } = decodeLeaf(leafBytes);
  const name = leafKindName(kind);
  if (name === undefined || name === 'block.link') throw new ChainError('leaf.kind', `Leaf kind ${kind} takes no signatures.`);
  const signature = signer.sign(preAuthEncoding(leafPayloadType(name), payload));
  return encodeLeaf({ kind, payload, signatures: [...signatures, { keyId: signer.keyId, signature }] });
}
