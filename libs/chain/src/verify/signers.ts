import { toHex } from '../bytes.js';
import { preAuthEncoding } from '../crypto/pae.js';
import { checkPublicKey } from '../crypto/public-key.js';
import { keyIdOf } from '../crypto/key-id.js';
import { fromHex } from '../bytes.js';
import { leafPayloadType } from '../leaf/kinds.js';
import type { ReadLeaf } from '../leaf/read-leaf.js';
import type { Contributor, KnownKey } from './chain-state.js';
import { demand } from './rule.js';
import type { RuleContext } from './rule.js';

/**
 * The leaf must carry exactly one valid signature of each of these keys and no other: a further one would make a second
 * leaf that says the same.
 * @throws ChainError `<kind>.signers`, `<kind>.signature`
 */
export function demandSigners(leaf: ReadLeaf, { crypto }: Pick<RuleContext, 'crypto'>, signers: readonly KnownKey[]): void {
  const wanted = new Map(signers.map(({ keyId, publicKey }) => [keyId, publicKey]));
  demand(
    leaf.signatures.length === wanted.size && leaf.signatures.every(({ keyId }) => wanted.has(toHex(keyId))),
    `${leaf.kind}.signers`,
    `A ${leaf.kind} must be signed by exactly ${wanted.size} key(s): ${[...wanted.keys()].join(', ')}.`,
  );
  const message = preAuthEncoding(leafPayloadType(leaf.kind), leaf.payloadBytes);
  for (const { keyId, signature } of leaf.signatures) {
    const name = toHex(keyId);
    const valid = crypto.verify(signature, message, wanted.get(name) as Uint8Array);
    demand(valid, `${leaf.kind}.signature`, `The signature by ${name} does not verify.`);
  }
}

/** @throws ChainError as `demandSigners` */
export function demandOperator(leaf: ReadLeaf, context: RuleContext): void {
  demandSigners(leaf, context, [operatorOf(context)]);
}

export function operatorOf({ state }: RuleContext): KnownKey {
  const operator = state.operator.value;
  demand(operator !== undefined, 'charter.missing', 'The first leaf of a chain is its charter.');
  return operator;
}

/** A contributor or evaluator whose key is in force. @throws ChainError `<kind>.contributor` */
export function activeContributor(kind: string, keyId: string, { state }: RuleContext): Contributor {
  const contributor = state.contributors.get(keyId);
  demand(contributor !== undefined, `${kind}.contributor`, `${keyId} is not enrolled.`);
  demand(contributor.status === 'enrolled', `${kind}.contributor`, `The key ${keyId} is ${contributor.status}.`);
  return contributor;
}

/**
 * A public key that enters the chain here.
 * @param hex 32 raw bytes
 * @throws ChainError `key.*` for a key that libraries would disagree about
 */
export function newKey(hex: string, { crypto }: Pick<RuleContext, 'crypto'>): KnownKey {
  const publicKey = fromHex(hex);
  checkPublicKey(publicKey);
  return { keyId: toHex(keyIdOf(crypto, publicKey)), publicKey };
}

/** @throws ChainError `<kind>.key-used` when the operator, a contributor or a node has or had this key */
export function demandUnused(kind: string, { keyId }: KnownKey, { state }: RuleContext): void {
  demand(!state.usedKeys.has(keyId) && !state.nodes.has(keyId), `${kind}.key-used`, `The key ${keyId} has been used already; make a new one.`);
}
