import type pg from 'pg';
import { copyRowsOut } from '../copy/copy-rows.js';
import type { Block, Leaf, PrismaClient } from '../generated/client.js';
import { LedgerStore, type NewPoolLeaf, type PoolEntry, type StoredBlock, type StoredLeaf } from '../ports/ledger.store.js';
import type { Tx } from '../ports/transaction.js';
import { bytesOf, hexOf, isDigest } from './hex.js';
import { prismaOf } from './prisma-database.js';

/** One writer of the chain at a time, over all coordinators on the database. */
const WRITER_LOCK = 0x4653_4c57;

/** Rows per query of a stream: leaves are at most 65,535 bytes, most below 1 KiB. */
const LEAF_PAGE = 256;
const BLOCK_PAGE = 2048;
const HASH_PAGE = 65_536;
/** Rows per INSERT: below the protocol's limit of 65,535 parameters. */
const INSERT_PAGE = 1000;

export class PostgresLedgerStore extends LedgerStore {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly connections: pg.Pool,
  ) {
    super();
  }

  override async appendToPool(tx: Tx, { hash, kind, bytes, dedupeKeys }: NewPoolLeaf): Promise<bigint | 'duplicate'> {
    if (!(await this.claim(tx, [...new Set(dedupeKeys)]))) return 'duplicate';
    const row = await prismaOf(tx).poolLeaf.create({ data: { hash: bytesOf(hash), kind, bytes: Uint8Array.from(bytes) }, select: { seq: true } });
    return row.seq;
  }

  override async appendAllToPool(tx: Tx, leaves: readonly NewPoolLeaf[]): Promise<bigint[] | 'duplicate'> {
    const keys = leaves.flatMap(({ dedupeKeys }) => [...new Set(dedupeKeys)]);
    // Two of them with one key are duplicates of each other.
    if (new Set(keys).size < keys.length || !(await this.claim(tx, keys))) return 'duplicate';
    const seqs: bigint[] = [];
    for (let at = 0; at < leaves.length; at += INSERT_PAGE) {
      const data = leaves.slice(at, at + INSERT_PAGE).map(({ hash, kind, bytes }) => ({ hash: bytesOf(hash), kind, bytes: Uint8Array.from(bytes) }));
      // The rows of one INSERT are numbered in their order; the order of its answer is nobody's promise.
      for (const { seq } of await prismaOf(tx).poolLeaf.createManyAndReturn({ data, select: { seq: true } })) seqs.push(seq);
    }
    return seqs.sort((a, b) => (a < b ? -1 : 1));
  }

  override async pool(afterSeq?: bigint): Promise<PoolEntry[]> {
    const rows = await this.prisma.poolLeaf.findMany({
      where: afterSeq === undefined ? {} : { seq: { gt: afterSeq } },
      orderBy: { seq: 'asc' },
    });
    return rows.map(({ seq, hash, kind, bytes }) => ({ seq, hash: hexOf(hash), kind, bytes }));
  }

  override async appendBlock(
    tx: Tx,
    { height, header, hash, treeSize, tries }: StoredBlock,
    leaves: readonly Omit<StoredLeaf, 'blockHeight'>[],
    sealedSeqs: readonly bigint[],
  ): Promise<void> {
    const client = prismaOf(tx);
    await client.block.create({
      data: { height: BigInt(height), header: Uint8Array.from(header), hash: bytesOf(hash), treeSize: BigInt(treeSize), tries },
    });
    for (let at = 0; at < leaves.length; at += INSERT_PAGE) {
      await client.leaf.createMany({
        data: leaves.slice(at, at + INSERT_PAGE).map((leaf) => ({
          index: BigInt(leaf.index),
          hash: bytesOf(leaf.hash),
          kind: leaf.kind,
          bytes: Uint8Array.from(leaf.bytes),
          blockHeight: BigInt(height),
        })),
      });
    }
    for (let at = 0; at < sealedSeqs.length; at += INSERT_PAGE) {
      await client.poolLeaf.deleteMany({ where: { seq: { in: sealedSeqs.slice(at, at + INSERT_PAGE) } } });
    }
  }

  override async tip(): Promise<StoredBlock | undefined> {
    const row = await this.prisma.block.findFirst({ orderBy: { height: 'desc' } });
    return row ? storedBlock(row) : undefined;
  }

  override async block(heightOrHash: number | string): Promise<StoredBlock | undefined> {
    if (typeof heightOrHash === 'string' && !isDigest(heightOrHash)) return undefined;
    const row = await this.prisma.block.findUnique({
      where: typeof heightOrHash === 'number' ? { height: BigInt(heightOrHash) } : { hash: bytesOf(heightOrHash) },
    });
    return row ? storedBlock(row) : undefined;
  }

  override async blocks({ below, limit }: { below?: number; limit: number }): Promise<StoredBlock[]> {
    const rows = await this.prisma.block.findMany({
      where: below === undefined ? {} : { height: { lt: BigInt(below) } },
      orderBy: { height: 'desc' },
      take: limit,
    });
    return rows.map(storedBlock);
  }

  override async *streamBlocks(): AsyncIterable<StoredBlock> {
    for (let from = 0n; ; ) {
      const rows = await this.copy(
        `SELECT "height", "header", "hash", "tree_size", "tries" FROM "block" WHERE "height" >= ${from} ORDER BY "height" LIMIT ${BLOCK_PAGE}`,
      );
      for (const [height, header, hash, treeSize, tries] of rows) {
        from = height.readBigInt64BE() + 1n;
        yield { height: integer(height), header, hash: hexOf(hash), treeSize: integer(treeSize), tries: tries.readBigInt64BE() };
      }
      if (rows.length < BLOCK_PAGE) return;
    }
  }

  override async *streamLeaves(from: number, to: number): AsyncIterable<StoredLeaf> {
    for (let at = from; at < to; ) {
      const rows = await this.copy(
        `SELECT "index", "hash", "kind", "bytes", "block_height" FROM "leaf"
         WHERE "index" >= ${BigInt(at)} AND "index" < ${BigInt(to)} ORDER BY "index" LIMIT ${LEAF_PAGE}`,
      );
      for (const [index, hash, kind, bytes, blockHeight] of rows) {
        at = integer(index) + 1;
        yield { index: integer(index), hash: hexOf(hash), kind: kind.readInt32BE(), bytes, blockHeight: integer(blockHeight) };
      }
      if (rows.length < LEAF_PAGE) return;
    }
  }

  override async leafHashes(from: number, to: number): Promise<string[]> {
    const hashes: string[] = [];
    for (let at = from; at < to; at += HASH_PAGE) {
      const end = Math.min(to, at + HASH_PAGE);
      const rows = await this.copy(`SELECT "hash" FROM "leaf" WHERE "index" >= ${BigInt(at)} AND "index" < ${BigInt(end)} ORDER BY "index"`);
      for (const [hash] of rows) hashes.push(hexOf(hash));
    }
    return hashes;
  }

  override async leaf(index: number): Promise<StoredLeaf | undefined> {
    const row = await this.prisma.leaf.findUnique({ where: { index: BigInt(index) } });
    return row ? storedLeaf(row) : undefined;
  }

  override async leafByHash(hash: string): Promise<StoredLeaf | undefined> {
    if (!isDigest(hash)) return undefined;
    const row = await this.prisma.leaf.findUnique({ where: { hash: bytesOf(hash) } });
    return row ? storedLeaf(row) : undefined;
  }

  override async lockWriter(tx: Tx): Promise<void> {
    await prismaOf(tx).$executeRaw`SELECT pg_advisory_xact_lock(${WRITER_LOCK}::bigint)`;
  }

  /** Takes dedupe keys: all or none, so that a refusal leaves nothing behind in a transaction that goes on. @param keys different ones */
  private async claim(tx: Tx, keys: readonly string[]): Promise<boolean> {
    if (keys.length === 0) return true;
    const added = await prismaOf(tx).$executeRaw`
      INSERT INTO "leaf_dedupe" ("key") SELECT unnest(${keys}::text[])
      WHERE NOT EXISTS (SELECT FROM "leaf_dedupe" WHERE "key" = ANY(${keys}::text[])) ON CONFLICT DO NOTHING`;
    if (added === 0) return false;
    if (added < keys.length) throw new Error('Two writers accepted leaves at once; lockWriter was not taken');
    return true;
  }

  /** As many fields as the query selects. */
  private async copy(query: string): Promise<[Buffer, Buffer, Buffer, Buffer, Buffer][]> {
    return (await copyRowsOut(this.connections, query)) as [Buffer, Buffer, Buffer, Buffer, Buffer][];
  }
}

function integer(int8: Buffer): number {
  return Number(int8.readBigInt64BE());
}

function storedBlock({ height, header, hash, treeSize, tries }: Block): StoredBlock {
  return { height: Number(height), header, hash: hexOf(hash), treeSize: Number(treeSize), tries };
}

function storedLeaf({ index, hash, kind, bytes, blockHeight }: Leaf): StoredLeaf {
  return { index: Number(index), hash: hexOf(hash), kind, bytes, blockHeight: Number(blockHeight) };
}
