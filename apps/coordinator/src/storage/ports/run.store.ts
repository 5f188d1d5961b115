import type { Tx } from './transaction.js';

export type RunStatus = 'pending' | 'running' | 'completed' | 'failed' | 'stopped';

export interface StoredRun {
  readonly run: string;
  readonly status: RunStatus;
  /** Canonical JSON of the plan is the blob of this digest. */
  readonly planSha256: string;
  /** Leaf hash of run.create: part of every cohort seed. */
  readonly createLeaf: string;
  readonly rounds: number;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
  readonly reason: string | null;
  /** State of the pure round machine (libs/rounds), as JSON. */
  readonly state: unknown;
}

export abstract class RunStore {
  /** @returns false when the name is taken. */
  abstract create(tx: Tx, run: StoredRun): Promise<boolean>;
  /** Reads the run and locks its row until the transaction ends. */
  abstract lock(tx: Tx, run: string): Promise<StoredRun | undefined>;
  abstract save(
    tx: Tx,
    run: string,
    change: Partial<Pick<StoredRun, 'status' | 'endedAtMs' | 'reason' | 'state'>>,
  ): Promise<void>;
  abstract get(run: string): Promise<StoredRun | undefined>;
  /** Newest first; `after` is the name of the last run of the page before. */
  abstract list(page: { after?: string; limit: number; status?: RunStatus }): Promise<StoredRun[]>;
}
