import type { Signer } from '@fedseal/chain/crypto/crypto';
import type { JsonLeafKind, Payload } from '@fedseal/chain/leaf/payloads';
import type { SeenHead } from '@fedseal/chain/leaf/payload-fields';
import type { SignedPromise } from '@fedseal/chain/promise/promise';
import type { Tx } from '../storage/ports/transaction.js';
import type { PromiseTerms } from './promise-terms.js';

/** What a leaf became when the ledger took it. */
export interface AcceptedLeaf {
  /** Hex leaf hash. */
  readonly leafHash: string;
  readonly seq: bigint;
}

/** One serialised change of the ledger together with whatever else must commit with it. */
export interface LedgerWrite {
  readonly tx: Tx;
  /**
   * Checks a leaf against every rule a verifier applies and puts it into the pool.
   * @throws ChainError when a rule refuses it; CodedError `leaf.duplicate` when it was accepted before.
   */
  accept(leaf: Uint8Array): Promise<AcceptedLeaf>;
  /** The same for many leaves, in order and in a few statements: all of them or, when one is refused, none. */
  acceptAll(leaves: readonly Uint8Array[]): Promise<AcceptedLeaf[]>;
  /** Signs with the operator's key and accepts. `chain` is filled in. */
  acceptSigned<K extends JsonLeafKind>(kind: K, payload: Omit<Payload<K>, 'chain'>): Promise<AcceptedLeaf>;
  /** Whether this very leaf was accepted: it waits or is sealed. */
  holds(leafHash: string): Promise<boolean>;
  /** By when an accepted commit, just now or before, is sealed at the latest. */
  promiseTerms(commit: Payload<'update.commit'>): PromiseTerms;
  /** Runs after the commit, in order; not at all when the transaction rolled back. */
  afterCommit(effect: () => void): void;
}

export abstract class Ledger {
  /** Hex chainId. */
  abstract readonly chainId: string;
  abstract readonly operator: Signer;
  /** The newest sealed block. */
  abstract head(): SeenHead;
  /** keyIds enrolled and not revoked in the tree of the newest sealed block, by role. */
  abstract sealedContributors(role: 'contributor' | 'evaluator'): ReadonlySet<string>;
  /**
   * Runs `work` alone (one writer at a time), in one transaction. When it throws, neither the database nor the state
   * in memory has changed.
   */
  abstract write<T>(work: (write: LedgerWrite) => Promise<T>): Promise<T>;
  /** The operator's word for an accepted leaf. Sign what is durable only: a broken promise is evidence against the operator. */
  abstract promise(leafHash: string, terms: PromiseTerms): SignedPromise;
  /** Resolves once the leaf is in a sealed block. */
  abstract sealed(leafHash: string): Promise<{ height: number; index: number }>;
}
