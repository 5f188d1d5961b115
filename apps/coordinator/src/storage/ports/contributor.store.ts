import type { Tx } from './transaction.js';

export interface StoredContributor {
  readonly keyId: string;
  /** Raw Ed25519 public key, hex. */
  readonly key: string;
  readonly name: string;
  readonly role: 'contributor' | 'evaluator';
  readonly enrolLeaf: string;
  readonly enrolledAtMs: number;
  readonly revokedAtMs: number | null;
  /** The last resource.register payload, if any. */
  readonly resource: Record<string, unknown> | null;
}

export interface StoredInvitation {
  readonly id: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly role: 'contributor' | 'evaluator';
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly usedBy: string | null;
  readonly revokedAtMs: number | null;
}

export abstract class ContributorStore {
  abstract save(tx: Tx, contributor: StoredContributor): Promise<void>;
  abstract get(keyId: string): Promise<StoredContributor | undefined>;
  /** In the order of enrolment; `after` is the keyId of the last one of the page before. */
  abstract list(page?: { after?: string; limit: number }): Promise<StoredContributor[]>;
  abstract createInvitation(tx: Tx, invitation: StoredInvitation): Promise<void>;
  /** Reads an invitation and locks its row, so that it can admit only one key. */
  abstract lockInvitation(tx: Tx, secretHash: string): Promise<StoredInvitation | undefined>;
  abstract useInvitation(tx: Tx, id: string, keyId: string): Promise<void>;
}
