import type { Outbox, PrismaClient } from '../generated/client.js';
import { OutboxStore, type OutboxEntry } from '../ports/outbox.store.js';
import type { Tx } from '../ports/transaction.js';
import { fromJson, toJson } from './json.js';
import { prismaOf } from './prisma-database.js';

export class PrismaOutboxStore extends OutboxStore {
  constructor(private readonly prisma: PrismaClient) {
    super();
  }

  /** An entry that exists stays as it is: the same change replayed asks for the same effect. */
  override async add(tx: Tx, { id, kind, payload, dueAtMs }: OutboxEntry): Promise<void> {
    await prismaOf(tx).outbox.createMany({ data: { id, kind, payload: toJson(payload), dueAtMs: BigInt(dueAtMs) }, skipDuplicates: true });
  }

  override async pending(limit: number): Promise<OutboxEntry[]> {
    const rows = await this.prisma.outbox.findMany({ where: { done: false }, orderBy: { seq: 'asc' }, take: limit });
    return rows.map(entryOf);
  }

  override async get(id: string): Promise<(OutboxEntry & { readonly done: boolean }) | undefined> {
    const row = await this.prisma.outbox.findUnique({ where: { id } });
    return row ? { ...entryOf(row), done: row.done } : undefined;
  }

  override async complete(tx: Tx, id: string): Promise<void> {
    await prismaOf(tx).outbox.updateMany({ where: { id }, data: { done: true } });
  }
}

function entryOf(row: Outbox): OutboxEntry {
  return { id: row.id, kind: row.kind, payload: fromJson(row.payload), dueAtMs: Number(row.dueAtMs) };
}
