import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import type { Place } from './chain-record.js';

/** A leaf's place with its block's own name and date. */
export interface Sealed extends Place {
  readonly blockHash: string;
  /** Of the block, by the operator's clock. */
  readonly timestampMs: number;
}

/** A key that took part. */
export interface Party {
  readonly keyId: string;
  /** The public name under which it was enrolled. */
  readonly name: string;
  /** Hex. */
  readonly key: string;
}

/** What became of one contributor in one attempt. */
export interface LineageContribution extends Party {
  /** Unanswered: its update is sealed and no verdict on it is. */
  readonly outcome: 'accepted' | 'refused' | 'silent' | 'unanswered';
  readonly reason: string | null;
  /** As the contributor declared it. */
  readonly examples: number | null;
  /** Its integer weight in the sum; null unless it counts, and where the file of weights is not at hand. */
  readonly weight: number | null;
  readonly update: Artifact | null;
  readonly metrics: Readonly<Record<string, string>>;
  /** The head that the contributor had verified when it signed. */
  readonly seen: Payload<'update.commit'>['seen'] | null;
  readonly commit: Sealed | null;
  readonly verdict: Sealed | null;
}

export interface LineageAttempt {
  readonly attempt: number;
  readonly opened: Sealed;
  readonly invited: number;
  readonly policy: Payload<'round.open'>['policy'];
  readonly contributions: readonly LineageContribution[];
}

export interface LineageEvaluation extends Party {
  readonly examples: number;
  readonly metrics: Readonly<Record<string, string>>;
  readonly sealed: Sealed;
}

/** How one round made its model from the one before. */
export interface LineageStep extends LineageAttempt {
  readonly round: number;
  readonly model: Artifact;
  readonly base: Artifact;
  readonly closed: Sealed;
  readonly aggregator: Payload<'round.close'>['predicate']['aggregator'];
  readonly denominator: string;
  /** SHA-256 of the file of weights, and whether it was at hand. */
  readonly weights: { readonly sha256: string; readonly read: boolean };
  readonly evaluations: readonly LineageEvaluation[];
  /** Earlier attempts at this round that made no model. */
  readonly failedAttempts: readonly LineageAttempt[];
}

/** A model's way back to the weights that a plan gave. */
export interface Lineage {
  readonly run: string;
  /** Newest first; none for an initial model. */
  readonly steps: readonly LineageStep[];
  readonly initial: {
    readonly model: Artifact;
    /** SHA-256 of the plan. */
    readonly plan: string;
    readonly created: Sealed;
    readonly evaluations: readonly LineageEvaluation[];
  };
  /** How the run ended, where it has. */
  readonly ended: { readonly outcome: string; readonly reason: string; readonly rounds: number; readonly sealed: Sealed } | null;
}
