import type { z } from 'zod';
import { ChainError } from '../chain-error.js';
import { HEADER_BYTES } from '../header/header.js';
import { decodeCanonicalJson } from '../json/canonical-json.js';
import { decodeLeaf } from './decode-leaf.js';
import { leafKindName } from './kinds.js';
import type { LeafKind } from './kinds.js';
import type { LeafSignature } from './leaf.js';
import { payloadSchemas } from './payloads.js';
import type { JsonLeafKind, Payload } from './payloads.js';

interface Parts<K extends LeafKind, P> {
  readonly kind: K;
  readonly payload: P;
  /** The very bytes that were signed. */
  readonly payloadBytes: Uint8Array;
  readonly signatures: readonly LeafSignature[];
}

/** A leaf of kind K. A block.link's payload is the 176 bytes of the header below, every other one is JSON. */
export type ReadLeafOf<K extends LeafKind> = K extends JsonLeafKind ? Parts<K, Payload<K>> : Parts<K, Uint8Array>;
export type ReadLeaf = { [K in LeafKind]: ReadLeafOf<K> }[LeafKind];

/**
 * Everything about a leaf that its own bytes tell: framing, a known kind, canonical JSON, the kind's schema. Signatures
 * and the rules that need the chain are `verify/leaf-rules.ts`.
 * @throws ChainError `leaf.*`, `json.*`, `<kind>.payload`
 */
export function readLeaf(bytes: Uint8Array): ReadLeaf {
  const { kind: number, payload: payloadBytes, signatures } = decodeLeaf(bytes);
  const kind = leafKindName(number);
  if (kind === undefined) throw new ChainError('leaf.kind', `Leaf kind ${number} is unknown here; use a newer verifier.`);
  if (kind === 'block.link') {
    if (payloadBytes.length !== HEADER_BYTES) {
      throw new ChainError('block.link.payload', `A block.link holds ${HEADER_BYTES} bytes, not ${payloadBytes.length}.`);
    }
    return { kind, payload: payloadBytes, payloadBytes, signatures };
  }
  const payload = parsePayload(kind, decodeCanonicalJson(payloadBytes));
  // The schema of `kind` made this payload, which the compiler cannot follow through the table.
  return { kind, payload, payloadBytes, signatures } as ReadLeaf;
}

/** @throws ChainError `<kind>.payload`, naming the first field that does not fit. */
export function parsePayload<K extends JsonLeafKind>(kind: K, value: unknown): Payload<K> {
  const result = (payloadSchemas[kind] as z.ZodType).safeParse(value);
  if (result.success) return result.data as Payload<K>;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new ChainError(`${kind}.payload`, `The ${kind} payload does not fit its schema${path && ` at ${path}`}: ${issue?.message}.`);
}
