import type { Tx } from './transaction.js';

/** A pending effect: committed together with the state change that asked for it, carried out after. */
export interface OutboxEntry {
  readonly id: string;
  readonly kind: string;
  readonly payload: unknown;
  /** Not before this time, in ms since the epoch. */
  readonly dueAtMs: number;
}

export abstract class OutboxStore {
  abstract add(tx: Tx, entry: OutboxEntry): Promise<void>;
  /** Every entry not done yet, oldest first. */
  abstract pending(limit: number): Promise<OutboxEntry[]>;
  abstract get(id: string): Promise<(OutboxEntry & { readonly done: boolean }) | undefined>;
  /** Marks it done; inside the transaction of the effect's own writes where it has any. */
  abstract complete(tx: Tx, id: string): Promise<void>;
}
