import type { Tx } from './transaction.js';

/** Projections of sealed leaves for the REST interface: all of them can be rebuilt from the chain. */

export interface StoredArtifact {
  readonly sha256: string;
  readonly tensorRoot: string;
  readonly bytes: number;
}

export interface StoredRound {
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
  readonly status: 'open' | 'closed' | 'failed';
  readonly base: StoredArtifact;
  readonly model: StoredArtifact | null;
  /** Leaf hashes. */
  readonly openLeaf: string;
  readonly closeLeaf: string | null;
  readonly candidatesSha256: string;
  readonly weightsSha256: string | null;
  /** The file with what the strategy keeps until the next round; null for one without memory. */
  readonly serverStateSha256: string | null;
  /** keyIds in rank order. */
  readonly cohort: readonly string[];
  readonly quorum: number;
  readonly openedAtMs: number;
  readonly deadlineAtMs: number;
  readonly closedAtMs: number | null;
}

export interface StoredUpdate {
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
  readonly contributor: string;
  /** Leaf hash of update.commit, or null for a silent contributor. */
  readonly commit: string | null;
  readonly update: StoredArtifact | null;
  readonly examples: number;
  readonly metrics: Record<string, string>;
  readonly outcome: 'pending' | 'accepted' | 'refused' | 'silent';
  readonly reason: string | null;
  readonly verdictLeaf: string | null;
  /** Set when the round closes with this update in it. */
  readonly weight: number | null;
}

/** Names an update for paging: `run/round/attempt/commit`, the commit empty for a silent contributor. */
export function updateCursor({ run, round, attempt, commit }: StoredUpdate): string {
  return [run, round, attempt, commit ?? ''].join('/');
}

export interface StoredEvaluation {
  readonly run: string;
  readonly round: number;
  readonly model: string;
  readonly evaluator: string;
  readonly examples: number;
  readonly metrics: Record<string, string>;
  readonly leaf: string;
}

export abstract class RoundStore {
  /** Inserts or replaces the row of (run, round, attempt). */
  abstract save(tx: Tx, round: StoredRound): Promise<void>;
  /** The last attempt unless one is named. */
  abstract get(run: string, round: number, attempt?: number): Promise<StoredRound | undefined>;
  /** Ascending by round and attempt. */
  abstract list(run: string, page?: { afterRound?: number; limit: number }): Promise<StoredRound[]>;
  /** Rounds whose result is this model file. */
  abstract byModel(sha256: string): Promise<StoredRound[]>;
  /** Inserts or replaces the row of (run, round, attempt, contributor, commit). */
  abstract saveUpdate(tx: Tx, update: StoredUpdate): Promise<void>;
  abstract updates(run: string, round: number, attempt: number): Promise<StoredUpdate[]>;
  /** Newest first; `after` is the cursor of the last one of the page before (see updateCursor). */
  abstract updatesOf(contributor: string, page: { after?: string; limit: number }): Promise<StoredUpdate[]>;
  abstract updateByCommit(commit: string): Promise<StoredUpdate | undefined>;
  /** Whether a run or a round names this blob as its plan, base, model, candidates, weights or server state. */
  abstract isPublished(sha256: string): Promise<boolean>;
  /** Every update row that names this file, whatever became of it. */
  abstract updatesWithFile(sha256: string): Promise<StoredUpdate[]>;
  abstract saveEvaluation(tx: Tx, evaluation: StoredEvaluation): Promise<void>;
  abstract evaluations(run: string, round?: number): Promise<StoredEvaluation[]>;
  /** The greatest round of a run that has an evaluation. */
  abstract lastEvaluated(run: string): Promise<number | undefined>;
}
