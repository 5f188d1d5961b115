import type { Artifact } from '../leaf/payload-fields.js';
import type { Payload } from '../leaf/payloads.js';
import { Journal, JournaledCell, JournaledMap } from './journal.js';

/** What the leaves so far add up to. Hashes and keyIds are lower-case hex. */

/** A key that the chain knows. */
export interface KnownKey {
  readonly keyId: string;
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array;
}

export interface Contributor extends KnownKey {
  readonly name: string;
  readonly role: 'contributor' | 'evaluator';
  /** A rotated key is retired; its successor is enrolled under its own keyId. */
  readonly status: 'enrolled' | 'revoked' | 'rotated';
  /** Leaf hash of contributor.enrol, or of the contributor.rotate that brought this key. */
  readonly enrolLeaf: string;
  /** Its index in the tree, where the leaf was sealed when it was applied. */
  readonly enrolIndex: number | undefined;
  /** The keyId that this contributor was enrolled under, the same through every rotation. */
  readonly line: string;
  /** Leaf hash of the contributor.revoke or contributor.rotate that ended this key, and its index where known. */
  readonly endLeaf: string | undefined;
  readonly endIndex: number | undefined;
  readonly resource: Payload<'resource.register'> | undefined;
}

/** A key of the operator, by which leaf it came and where that stands. */
export interface OperatorKey extends KnownKey {
  readonly leaf: string;
  readonly index: number | undefined;
}

export interface Node extends KnownKey {
  readonly role: 'mirror' | 'miner' | 'witness';
  readonly address: string;
  readonly status: 'added' | 'removed';
}

export interface Run {
  readonly run: string;
  readonly createLeaf: string;
  readonly create: Payload<'run.create'>;
  /** The current model: the initial one, then that of the last closed round. */
  readonly model: Artifact;
  /** Rounds closed; the next round to open is one more. */
  readonly closed: number;
  /** Attempts opened at that next round. */
  readonly attempts: number;
  /** Whether the last of those attempts may still accept updates and close. */
  readonly open: boolean;
  readonly end: Payload<'run.end'> | undefined;
}

/** One attempt at a round. */
export interface Round {
  readonly openLeaf: string;
  readonly opening: Payload<'round.open'>;
  /** By leaf hash. */
  readonly commits: JournaledMap<Commit>;
  /** Leaf hash of the accepted commit, by the contributor's line: one contributor has one, whatever key it signs with. */
  readonly accepted: JournaledMap<string>;
  /** Contributors (lines) who were invited and never answered, with the reason code. */
  readonly silent: JournaledMap<string>;
  readonly closeLeaf: string | undefined;
  readonly closing: Payload<'round.close'> | undefined;
}

export interface Commit {
  readonly payload: Payload<'update.commit'>;
  readonly outcome: 'pending' | 'accepted' | 'refused';
  readonly reason: string | undefined;
}

export interface Federation {
  readonly charter: Payload<'charter'>;
  /** Leaf hash of the charter. */
  readonly chainId: string;
}

export class ChainState {
  readonly journal = new Journal();
  readonly federation = new JournaledCell<Federation | undefined>(this.journal, undefined);
  /** The key in force. */
  readonly operator = new JournaledCell<OperatorKey | undefined>(this.journal, undefined);
  /** Every key that was, by keyId, in order. */
  readonly operators = new JournaledMap<OperatorKey>(this.journal);
  /** Every key that ever was the operator's or a contributor's: no key has two lives. */
  readonly usedKeys = new JournaledMap<true>(this.journal);
  readonly contributors = new JournaledMap<Contributor>(this.journal);
  readonly trainers = new JournaledCell(this.journal, 0);
  readonly invitations = new JournaledMap<true>(this.journal);
  readonly nodes = new JournaledMap<Node>(this.journal);
  readonly runs = new JournaledMap<Run>(this.journal);
  /** By `roundKey`. */
  readonly rounds = new JournaledMap<Round>(this.journal);
  /** File hash of a run's model after each round, by `modelKey`; round 0 is the initial model. */
  readonly models = new JournaledMap<string>(this.journal);
  /** Height of the newest header that a block.link named; −1 before the first. */
  readonly linked = new JournaledCell(this.journal, -1);
  /** Submissions of kinds that may come often, so that none is replayed. */
  readonly submissions = new JournaledMap<true>(this.journal);
}

/** Names one attempt at a round. */
export function roundKey(at: { readonly run: string; readonly round: number; readonly attempt: number }): string {
  return `${at.run}/${at.round}/${at.attempt}`;
}

export function modelKey(run: string, round: number): string {
  return `${run}/${round}`;
}
