import type { PrismaClient } from '../generated/client.js';
import { RoundStore, type StoredEvaluation, type StoredRound, type StoredUpdate } from '../ports/round.store.js';
import type { Tx } from '../ports/transaction.js';
import { prismaOf } from './prisma-database.js';
import { evaluationRow, roundRow, SILENT, storedEvaluation, storedRound, storedUpdate, updateKey, updateRow } from './round-rows.js';

export class PrismaRoundStore extends RoundStore {
  constructor(private readonly prisma: PrismaClient) {
    super();
  }

  override async save(tx: Tx, stored: StoredRound): Promise<void> {
    const { run, round, attempt } = stored;
    const row = roundRow(stored);
    await prismaOf(tx).round.upsert({
      where: { run_round_attempt: { run, round, attempt } },
      create: { run, round, attempt, ...row },
      update: row,
    });
  }

  override async get(run: string, round: number, attempt?: number): Promise<StoredRound | undefined> {
    const row = await this.prisma.round.findFirst({
      where: { run, round, ...(attempt === undefined ? {} : { attempt }) },
      orderBy: { attempt: 'desc' },
    });
    return row ? storedRound(row) : undefined;
  }

  override async list(run: string, page?: { afterRound?: number; limit: number }): Promise<StoredRound[]> {
    const rows = await this.prisma.round.findMany({
      where: { run, ...(page?.afterRound === undefined ? {} : { round: { gt: page.afterRound } }) },
      orderBy: [{ round: 'asc' }, { attempt: 'asc' }],
      ...(page ? { take: page.limit } : {}),
    });
    return rows.map(storedRound);
  }

  override async byModel(sha256: string): Promise<StoredRound[]> {
    const rows = await this.prisma.round.findMany({
      where: { modelSha256: sha256 },
      orderBy: [{ run: 'asc' }, { round: 'asc' }, { attempt: 'asc' }],
    });
    return rows.map(storedRound);
  }

  override async saveUpdate(tx: Tx, stored: StoredUpdate): Promise<void> {
    const { run, round, attempt, contributor } = stored;
    const key = { run, round, attempt, contributor, commit: stored.commit ?? SILENT };
    const row = updateRow(stored);
    await prismaOf(tx).roundUpdate.upsert({
      where: { run_round_attempt_contributor_commit: key },
      create: { ...key, ...row },
      update: row,
    });
  }

  override async updates(run: string, round: number, attempt: number): Promise<StoredUpdate[]> {
    const rows = await this.prisma.roundUpdate.findMany({ where: { run, round, attempt }, orderBy: { seq: 'asc' } });
    return rows.map(storedUpdate);
  }

  override async updatesOf(contributor: string, page: { after?: string; limit: number }): Promise<StoredUpdate[]> {
    const cursor = page.after === undefined ? undefined : updateKey(page.after);
    const last = cursor
      ? await this.prisma.roundUpdate.findUnique({
          where: { run_round_attempt_contributor_commit: { ...cursor, contributor } },
        })
      : undefined;
    if (page.after !== undefined && !last) return [];
    const rows = await this.prisma.roundUpdate.findMany({
      where: { contributor, ...(last ? { seq: { lt: last.seq } } : {}) },
      orderBy: { seq: 'desc' },
      take: page.limit,
    });
    return rows.map(storedUpdate);
  }

  override async updateByCommit(commit: string): Promise<StoredUpdate | undefined> {
    if (commit === SILENT) return undefined;
    const row = await this.prisma.roundUpdate.findFirst({ where: { commit } });
    return row ? storedUpdate(row) : undefined;
  }

  override async updatesWithFile(sha256: string): Promise<StoredUpdate[]> {
    const rows = await this.prisma.roundUpdate.findMany({ where: { updateSha256: sha256 } });
    return rows.map(storedUpdate);
  }

  override async isPublished(sha256: string): Promise<boolean> {
    const [run, round] = await Promise.all([
      this.prisma.run.findFirst({ where: { planSha256: sha256 }, select: { run: true } }),
      this.prisma.round.findFirst({
        where: {
          OR: [
            { baseSha256: sha256 }, { modelSha256: sha256 }, { candidatesSha256: sha256 }, { weightsSha256: sha256 }, { serverStateSha256: sha256 },
          ],
        },
        select: { run: true },
      }),
    ]);
    return run !== null || round !== null;
  }

  override async saveEvaluation(tx: Tx, evaluation: StoredEvaluation): Promise<void> {
    const { leaf } = evaluation;
    const row = evaluationRow(evaluation);
    await prismaOf(tx).evaluation.upsert({ where: { leaf }, create: { leaf, ...row }, update: row });
  }

  override async evaluations(run: string, round?: number): Promise<StoredEvaluation[]> {
    const rows = await this.prisma.evaluation.findMany({
      where: { run, ...(round === undefined ? {} : { round }) },
      orderBy: [{ round: 'asc' }, { seq: 'asc' }],
    });
    return rows.map(storedEvaluation);
  }

  override async lastEvaluated(run: string): Promise<number | undefined> {
    const row = await this.prisma.evaluation.findFirst({ where: { run }, orderBy: { round: 'desc' }, select: { round: true } });
    return row?.round;
  }
}
