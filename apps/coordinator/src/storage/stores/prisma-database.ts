import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { Prisma, PrismaClient } from '../generated/client.js';
import { Database, type Tx } from '../ports/transaction.js';

/** Sealing a large block or replaying a run may take long; a transaction that hangs must still end by itself. */
const TRANSACTION_TIMEOUT_MS = 120_000;
const CONNECTION_WAIT_MS = 30_000;

/** @param pool stays the caller's to end */
export function createPrismaClient(pool: pg.Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}

/** What an opaque transaction is inside storage. */
export type PrismaTx = Prisma.TransactionClient;

export function prismaOf(tx: Tx): PrismaTx {
  return tx as unknown as PrismaTx;
}

export class PrismaDatabase extends Database {
  constructor(private readonly prisma: PrismaClient) {
    super();
  }

  override transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    // Writers of the ledger are serialised by its advisory lock, so read committed sees every earlier write.
    return this.prisma.$transaction((tx) => work(tx as unknown as Tx), {
      maxWait: CONNECTION_WAIT_MS,
      timeout: TRANSACTION_TIMEOUT_MS,
      isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted,
    });
  }

  override async ping(): Promise<void> {
    await this.prisma.$queryRaw`SELECT 1`;
  }
}
