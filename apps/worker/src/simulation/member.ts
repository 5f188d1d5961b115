import { utf8 } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import type { HostSpec } from './host-spec.js';

/** One virtual contributor, or the evaluator. */
export interface Member {
  readonly name: string;
  readonly role: 'contributor' | 'evaluator';
  /** Number of a contributor, from 0; −1 of the evaluator. */
  readonly client: number;
  readonly signer: Signer;
}

export const EVALUATOR_NAME = 'evaluator';

/** `client-1` … as people count. */
export function clientName(client: number): string {
  return `client-${client + 1}`;
}

/**
 * The members that one process hosts. Their keys follow from the simulation's seed, so that a run can be resumed and repeated:
 * they protect nothing, and only a simulation may use them.
 */
export function hostedMembers(crypto: Crypto, { index, of, clients, seed, evaluator }: HostSpec): Member[] {
  const contributors: Member[] = [];
  for (let client = index; client < clients; client += of) {
    const name = clientName(client);
    contributors.push({ name, role: 'contributor', client, signer: signerOf(crypto, seed, name) });
  }
  const evaluators: Member[] = evaluator
    ? [{ name: EVALUATOR_NAME, role: 'evaluator', client: -1, signer: signerOf(crypto, seed, EVALUATOR_NAME) }]
    : [];
  return [...evaluators, ...contributors];
}

/** Seed of the Ed25519 key: SHA-256 of `fedseal/simulated-key/v1`, the simulation's seed and the name, zero bytes between them. */
function signerOf(crypto: Crypto, seed: number, name: string): Signer {
  return createSigner(crypto.sha256(utf8(`fedseal/simulated-key/v1\0${seed}\0${name}`)));
}
