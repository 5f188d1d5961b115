import { Prisma, type Contributor, type Invitation, type PrismaClient } from '../generated/client.js';
import { ContributorStore, type StoredContributor, type StoredInvitation } from '../ports/contributor.store.js';
import type { Tx } from '../ports/transaction.js';
import { prismaOf } from './prisma-database.js';

export class PrismaContributorStore extends ContributorStore {
  constructor(private readonly prisma: PrismaClient) {
    super();
  }

  override async save(tx: Tx, { keyId, ...contributor }: StoredContributor): Promise<void> {
    const row = {
      ...contributor,
      enrolledAtMs: BigInt(contributor.enrolledAtMs),
      revokedAtMs: contributor.revokedAtMs === null ? null : BigInt(contributor.revokedAtMs),
      resource: contributor.resource === null ? Prisma.DbNull : (contributor.resource as Prisma.InputJsonObject),
    };
    await prismaOf(tx).contributor.upsert({ where: { keyId }, create: { keyId, ...row }, update: row });
  }

  override async get(keyId: string): Promise<StoredContributor | undefined> {
    const row = await this.prisma.contributor.findUnique({ where: { keyId } });
    return row ? storedContributor(row) : undefined;
  }

  override async list(page?: { after?: string; limit: number }): Promise<StoredContributor[]> {
    const after = page?.after;
    const last = after === undefined ? undefined : await this.prisma.contributor.findUnique({ where: { keyId: after } });
    if (after !== undefined && !last) return [];
    const rows = await this.prisma.contributor.findMany({
      where: last ? { seq: { gt: last.seq } } : {},
      orderBy: { seq: 'asc' },
      ...(page ? { take: page.limit } : {}),
    });
    return rows.map(storedContributor);
  }

  override async createInvitation(tx: Tx, { createdAtMs, expiresAtMs, revokedAtMs, ...invitation }: StoredInvitation): Promise<void> {
    await prismaOf(tx).invitation.create({
      data: {
        ...invitation,
        createdAtMs: BigInt(createdAtMs),
        expiresAtMs: BigInt(expiresAtMs),
        revokedAtMs: revokedAtMs === null ? null : BigInt(revokedAtMs),
      },
    });
  }

  override async lockInvitation(tx: Tx, secretHash: string): Promise<StoredInvitation | undefined> {
    // Two statements: the second reads what whoever held the lock before has written.
    await prismaOf(tx).$executeRaw`SELECT 1 FROM "invitation" WHERE "secret_hash" = ${secretHash} FOR UPDATE`;
    const row = await prismaOf(tx).invitation.findUnique({ where: { secretHash } });
    return row ? storedInvitation(row) : undefined;
  }

  override async useInvitation(tx: Tx, id: string, keyId: string): Promise<void> {
    await prismaOf(tx).invitation.update({ where: { id }, data: { usedBy: keyId } });
  }
}

function storedContributor(row: Contributor): StoredContributor {
  return {
    keyId: row.keyId,
    key: row.key,
    name: row.name,
    role: row.role as StoredContributor['role'],
    enrolLeaf: row.enrolLeaf,
    enrolledAtMs: Number(row.enrolledAtMs),
    revokedAtMs: row.revokedAtMs === null ? null : Number(row.revokedAtMs),
    resource: row.resource as Record<string, unknown> | null,
  };
}

function storedInvitation(row: Invitation): StoredInvitation {
  return {
    id: row.id,
    secretHash: row.secretHash,
    role: row.role as StoredInvitation['role'],
    createdAtMs: Number(row.createdAtMs),
    expiresAtMs: Number(row.expiresAtMs),
    usedBy: row.usedBy,
    revokedAtMs: row.revokedAtMs === null ? null : Number(row.revokedAtMs),
  };
}
