declare const brand: unique symbol;

/** An open database transaction. Opaque outside storage, so that no other room can reach the Prisma client. */
export interface Tx {
  readonly [brand]: 'tx';
}

export abstract class Database {
  /**
   * Runs `work` in one serialisable unit: everything it writes commits together or not at all.
   * @param work must not keep `tx` after it resolves.
   */
  abstract transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Resolves when a trivial query answered; rejects otherwise. For readiness. */
  abstract ping(): Promise<void>;
}
