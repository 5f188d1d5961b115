import type { PrismaClient, Run } from '../generated/client.js';
import { RunStore, type RunStatus, type StoredRun } from '../ports/run.store.js';
import type { Tx } from '../ports/transaction.js';
import { fromJson, toJson } from './json.js';
import { prismaOf } from './prisma-database.js';

export class PrismaRunStore extends RunStore {
  constructor(private readonly prisma: PrismaClient) {
    super();
  }

  override async create(tx: Tx, { createdAtMs, endedAtMs, state, ...run }: StoredRun): Promise<boolean> {
    const { count } = await prismaOf(tx).run.createMany({
      data: { ...run, createdAtMs: BigInt(createdAtMs), endedAtMs: endedAtMs === null ? null : BigInt(endedAtMs), state: toJson(state) },
      skipDuplicates: true,
    });
    return count === 1;
  }

  override async lock(tx: Tx, run: string): Promise<StoredRun | undefined> {
    // Two statements: the second reads what whoever held the lock before has written.
    await prismaOf(tx).$executeRaw`SELECT 1 FROM "run" WHERE "run" = ${run} FOR UPDATE`;
    const row = await prismaOf(tx).run.findUnique({ where: { run } });
    return row ? storedRun(row) : undefined;
  }

  override async save(tx: Tx, run: string, change: Partial<Pick<StoredRun, 'status' | 'endedAtMs' | 'reason' | 'state'>>): Promise<void> {
    const { status, endedAtMs, reason, state } = change;
    await prismaOf(tx).run.update({
      where: { run },
      data: {
        ...(status === undefined ? {} : { status }),
        ...(endedAtMs === undefined ? {} : { endedAtMs: endedAtMs === null ? null : BigInt(endedAtMs) }),
        ...(reason === undefined ? {} : { reason }),
        ...(state === undefined ? {} : { state: toJson(state) }),
      },
    });
  }

  override async get(run: string): Promise<StoredRun | undefined> {
    const row = await this.prisma.run.findUnique({ where: { run } });
    return row ? storedRun(row) : undefined;
  }

  override async list({ after, limit, status }: { after?: string; limit: number; status?: RunStatus }): Promise<StoredRun[]> {
    const last = after === undefined ? undefined : await this.prisma.run.findUnique({ where: { run: after } });
    if (after !== undefined && !last) return [];
    const rows = await this.prisma.run.findMany({
      where: { ...(last ? { seq: { lt: last.seq } } : {}), ...(status ? { status } : {}) },
      orderBy: { seq: 'desc' },
      take: limit,
    });
    return rows.map(storedRun);
  }
}

function storedRun(row: Run): StoredRun {
  return {
    run: row.run,
    status: row.status as RunStatus,
    planSha256: row.planSha256,
    createLeaf: row.createLeaf,
    rounds: row.rounds,
    createdAtMs: Number(row.createdAtMs),
    endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs),
    reason: row.reason,
    state: fromJson(row.state),
  };
}
