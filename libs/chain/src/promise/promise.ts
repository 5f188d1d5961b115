import { z } from 'zod';
import { fromBase64url, toBase64url } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { checkPublicKey } from '../crypto/public-key.js';
import type { Crypto, Signer } from '../crypto/crypto.js';
import { preAuthEncoding } from '../crypto/pae.js';
import { decodeCanonicalJson, encodeCanonicalJson } from '../json/canonical-json.js';
import { parseFile } from '../evidence/parse-file.js';
import { hex32, uint } from '../leaf/payload-fields.js';

/** A type of its own, so that no promise can be read as a leaf or anything else that the operator signs. */
export const PROMISE_TYPE = 'application/vnd.fedseal.promise.v1+json';

const promise = z.strictObject({
  chain: hex32,
  /** The leaf that was accepted. */
  leafHash: hex32,
  /** It is sealed by the block of this height, or by one below. */
  height: uint,
  /** And no later than this, ms since the epoch. */
  notAfterMs: uint,
  issuedAtMs: uint,
});
export const signedPromiseSchema = z.strictObject({ promise, signature: z.string().length(86) });

/** What the operator owes for a leaf it has accepted. */
export type SealPromise = z.infer<typeof promise>;
/** A promise as it is kept: a JSON file. */
export type SignedPromise = z.infer<typeof signedPromiseSchema>;

/** @throws ChainError `promise.format` when a field does not fit */
export function signPromise(body: SealPromise, signer: Signer): SignedPromise {
  const { promise: checked } = parseFile('promise', signedPromiseSchema, { promise: body, signature: 'A'.repeat(86) });
  return { promise: checked, signature: toBase64url(signer.sign(messageOf(checked))) };
}

/**
 * @param signed a `SignedPromise`, or what was parsed from its file
 * @param operator the operator's public key, 32 raw bytes, and the chain that is meant
 * @throws ChainError `promise.format`, `promise.chain`, `promise.signature`, `key.*`
 */
export function verifyPromise(signed: unknown, operator: { readonly publicKey: Uint8Array; readonly chain?: string }, crypto: Crypto): SealPromise {
  const { promise: body, signature } = parseFile('promise', signedPromiseSchema, signed);
  if (operator.chain !== undefined && body.chain !== operator.chain) {
    throw new ChainError('promise.chain', `This promise belongs to the chain ${body.chain}.`);
  }
  checkPublicKey(operator.publicKey);
  if (!crypto.verify(fromBase64url(signature), messageOf(body), operator.publicKey)) {
    throw new ChainError('promise.signature', "The operator's signature on this promise does not verify.");
  }
  return body;
}

/** The bytes of the file: canonical JSON. @throws ChainError `promise.format` */
export function encodePromise(signed: SignedPromise): Uint8Array {
  return encodeCanonicalJson(parseFile('promise', signedPromiseSchema, signed));
}

/** @throws ChainError `json.*`, `promise.format` */
export function decodePromise(bytes: Uint8Array): SignedPromise {
  return parseFile('promise', signedPromiseSchema, decodeCanonicalJson(bytes));
}

function messageOf(body: SealPromise): Uint8Array {
  return preAuthEncoding(PROMISE_TYPE, encodeCanonicalJson(body));
}
