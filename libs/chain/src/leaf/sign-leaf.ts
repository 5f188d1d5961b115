import { ChainError } from '../chain-error.js';
import type { Signer } from '../crypto/crypto.js';
import { preAuthEncoding } from '../crypto/pae.js';
import { HEADER_BYTES } from '../header/header.js';
import { encodeCanonicalJson } from '../json/canonical-json.js';
import { encodeLeaf } from './encode-leaf.js';
import { LEAF_KINDS, leafPayloadType } from './kinds.js';
import type { JsonLeafKind, Payload } from './payloads.js';
import { parsePayload } from './read-leaf.js';

/**
 * A leaf with the signatures of `signers`. The payload is checked against its schema first: nobody signs what no
 * verifier would read.
 * @throws ChainError `<kind>.payload`, `json.*`, `leaf.*`
 */
export function signLeaf<K extends JsonLeafKind>(kind: K, payload: Payload<K>, signers: readonly Signer[]): Uint8Array {
  const payloadBytes = encodeCanonicalJson(parsePayload(kind, payload));
  const message = preAuthEncoding(leafPayloadType(kind), payloadBytes);
  const signatures = signers.map((signer) => ({ keyId: signer.keyId, signature: signer.sign(message) }));
  return encodeLeaf({ kind: LEAF_KINDS[kind], payload: payloadBytes, signatures });
}

/**
 * The block.link leaf of a header: unsigned, because the header's own proof of work and the signed tree vouch for it.
 * @param header 176 bytes
 */
export function encodeLink(header: Uint8Array): Uint8Array {
  if (header.length !== HEADER_BYTES) {
    throw new ChainError('block.link.payload', `A block.link holds ${HEADER_BYTES} bytes, not ${header.length}.`);
  }
  return encodeLeaf({ kind: LEAF_KINDS['block.link'], payload: header, signatures: [] });
}
