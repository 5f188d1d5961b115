import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from '../generated/client.js';
import { Database, type Tx } from '../ports/transaction.js';
import type { StorageLog } from '../storage-log.js';

/** Ordinary tables never need more at once: writers queue for the chain's lock anyway. */
const CONNECTIONS = 8;

/** Sealing a large block or replaying a run may take long; a transaction that hangs must still end by itself. */
const TRANSACTION_TIMEOUT_MS = 120_000;
const CONNECTION_WAIT_MS = 30_000;

export function createPrismaClient(url: string, log: StorageLog): PrismaClient {
  const adapter = new PrismaPg(
    { connectionString: url, max: CONNECTIONS, application_name: 'fedseal', connectionTimeoutMillis: CONNECTION_WAIT_MS, keepAlive: true },
    {
      onPoolError: (error) => log('warn', `An idle database connection broke: ${error.message}`),
      onConnectionError: (error) => log('warn', `A database connection broke: ${error.message}`),
    },
  );
  return new PrismaClient({ adapter });
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
