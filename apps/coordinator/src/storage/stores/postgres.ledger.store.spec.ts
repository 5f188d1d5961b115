import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Storage } from '../open-storage.js';
import type { NewPoolLeaf, StoredLeaf } from '../ports/ledger.store.js';
import { openTestStorage } from '../testing/test-database.testing.js';
import { digest } from './blob.store.contract.testing.js';

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

function poolLeaf(text: string, dedupeKeys: string[] = [`13:${text}:key`]): NewPoolLeaf {
  const bytes = Buffer.from(text);
  return { hash: digest(bytes), kind: 13, bytes, dedupeKeys };
}

const plain = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('PostgresLedgerStore', () => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await openTestStorage();
  });
  afterAll(() => storage.close());

  const append = (leaf: NewPoolLeaf) => storage.database.transaction((tx) => storage.ledger.appendToPool(tx, leaf));

  it('numbers the pool in the order of acceptance', async () => {
    const seqs = [await append(poolLeaf('a')), await append(poolLeaf('b')), await append(poolLeaf('c'))] as bigint[];
    expect(seqs[0]! < seqs[1]! && seqs[1]! < seqs[2]!).toBe(true);
    const pool = await storage.ledger.pool();
    expect(pool.map(({ seq, hash, kind, bytes }) => ({ seq, hash, kind, text: Buffer.from(bytes).toString() }))).toEqual(
      ['a', 'b', 'c'].map((text, n) => ({ seq: seqs[n], hash: poolLeaf(text).hash, kind: 13, text })),
    );
    expect((await storage.ledger.pool(seqs[0])).map(({ seq }) => seq)).toEqual(seqs.slice(1));
  });

  it('refuses what was accepted, for any of its keys, and leaves no trace of a refusal', async () => {
    expect(await append(poolLeaf('d', ['k1', 'k2']))).toBeTypeOf('bigint');
    const before = await storage.ledger.pool();
    const outcome = await storage.database.transaction(async (tx) => [
      await storage.ledger.appendToPool(tx, poolLeaf('e', ['k3', 'k2'])),
      // k3 came with a refused leaf and is therefore still free, within the same transaction.
      await storage.ledger.appendToPool(tx, poolLeaf('f', ['k3', 'k3'])),
    ]);
    expect(outcome[0]).toBe('duplicate');
    expect(outcome[1]).toBeTypeOf('bigint');
    expect((await storage.ledger.pool()).length).toBe(before.length + 1);
  });

  it('appends many in their order, all or none', async () => {
    const appendAll = (leaves: NewPoolLeaf[]) => storage.database.transaction((tx) => storage.ledger.appendAllToPool(tx, leaves));
    // More than one statement holds.
    const leaves = Array.from({ length: 2100 }, (_, n) => poolLeaf(`many ${n}`));
    const seqs = (await appendAll(leaves)) as bigint[];
    const pool = await storage.ledger.pool(seqs[0]! - 1n);
    expect(pool.map(({ seq, hash }) => [seq, hash])).toEqual(leaves.map(({ hash }, n) => [seqs[n], hash]));
    expect(await appendAll([poolLeaf('new'), leaves[2000]!])).toBe('duplicate');
    expect(await appendAll([poolLeaf('new'), poolLeaf('same key', poolLeaf('new').dedupeKeys as string[])])).toBe('duplicate');
    expect(await appendAll([])).toEqual([]);
    expect((await storage.ledger.pool(seqs.at(-1))).length).toBe(0);
    expect(await appendAll([poolLeaf('new')])).toHaveLength(1);
  });

  it('takes a leaf again when the transaction of the first time was rolled back', async () => {
    await expect(
      storage.database.transaction(async (tx) => {
        await storage.ledger.appendToPool(tx, poolLeaf('rolled back'));
        throw new Error('changed its mind');
      }),
    ).rejects.toThrow('changed its mind');
    expect((await storage.ledger.pool()).some(({ hash }) => hash === poolLeaf('rolled back').hash)).toBe(false);
    expect(await append(poolLeaf('rolled back'))).toBeTypeOf('bigint');
  });

  it('lets one writer in at a time', async () => {
    const order: string[] = [];
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let entered!: () => void;
    const isIn = new Promise<void>((resolve) => (entered = resolve));
    const first = storage.database.transaction(async (tx) => {
      await storage.ledger.lockWriter(tx);
      order.push('first in');
      entered();
      await gate;
      order.push('first out');
    });
    await isIn;
    const second = storage.database.transaction(async (tx) => {
      await storage.ledger.lockWriter(tx);
      order.push('second in');
    });
    const client = new pg.Client({ connectionString: storage.url });
    await client.connect();
    const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await expect.poll(async () => (await client.query(waiting)).rowCount, { timeout: 10_000, interval: 10 }).toBe(1);
    await client.end();
    release();
    await Promise.all([first, second]);
    expect(order).toEqual(['first in', 'first out', 'second in']);
  });

  describe('with blocks', () => {
    const perBlock = 700;
    const heights = 4;
    const leaves: StoredLeaf[] = Array.from({ length: perBlock * heights }, (_, index) => {
      const bytes = randomBytes(index % 97 === 0 ? 65_535 : 40 + (index % 300));
      return { index, hash: digest(bytes), kind: (index % 17) + 1, bytes, blockHeight: Math.floor(index / perBlock) };
    });
    const blocks = Array.from({ length: heights }, (_, height) => {
      const header = randomBytes(176);
      return { height, header, hash: digest(header), treeSize: (height + 1) * perBlock, tries: 2n ** 62n + BigInt(height) };
    });

    beforeAll(async () => {
      const pool = await storage.ledger.pool();
      for (const block of blocks) {
        const own = leaves.filter((leaf) => leaf.blockHeight === block.height).map(({ blockHeight: _, ...leaf }) => leaf);
        await storage.database.transaction((tx) => storage.ledger.appendBlock(tx, block, own, block.height === 0 ? pool.slice(1).map(({ seq }) => seq) : []));
      }
    });

    it('removes what was sealed from the pool, and remembers it', async () => {
      expect((await storage.ledger.pool()).map(({ hash }) => hash)).toEqual([poolLeaf('a').hash]);
      expect(await append(poolLeaf('b'))).toBe('duplicate');
      expect(await append(poolLeaf('a'))).toBe('duplicate');
    });

    it('finds blocks by height and hash, and pages downwards', async () => {
      expect(await storage.ledger.tip()).toMatchObject({ height: heights - 1, hash: blocks.at(-1)!.hash, tries: blocks.at(-1)!.tries });
      for (const block of blocks) {
        for (const found of [await storage.ledger.block(block.height), await storage.ledger.block(block.hash)]) {
          expect(found && { ...found, header: plain(found.header) }).toEqual({ ...block, header: plain(block.header) });
        }
      }
      for (const name of [heights, -1, 'nonsense', digest(Buffer.from('x'))]) expect(await storage.ledger.block(name)).toBeUndefined();
      expect((await storage.ledger.blocks({ limit: 2 })).map(({ height }) => height)).toEqual([3, 2]);
      expect((await storage.ledger.blocks({ below: 2, limit: 9 })).map(({ height }) => height)).toEqual([1, 0]);
    });

    it('streams blocks and leaves in order, whole', async () => {
      const streamed = await all(storage.ledger.streamBlocks());
      expect(streamed.map((block) => ({ ...block, header: plain(block.header) }))).toEqual(blocks.map((block) => ({ ...block, header: plain(block.header) })));
      for (const [from, to] of [[0, leaves.length], [0, 1e9], [255, 513], [1, 2], [5, 5], [leaves.length - 1, leaves.length + 9]] as const) {
        const got = await all(storage.ledger.streamLeaves(from, to));
        expect(got.map((leaf) => ({ ...leaf, bytes: plain(leaf.bytes) }))).toEqual(leaves.slice(from, to).map((leaf) => ({ ...leaf, bytes: plain(leaf.bytes) })));
        expect(await storage.ledger.leafHashes(from, Math.min(to, leaves.length))).toEqual(leaves.slice(from, to).map(({ hash }) => hash));
      }
    });

    it('finds one leaf by index and hash', async () => {
      const wanted = leaves[1234]!;
      for (const found of [await storage.ledger.leaf(1234), await storage.ledger.leafByHash(wanted.hash)]) {
        expect(found && { ...found, bytes: plain(found.bytes) }).toEqual({ ...wanted, bytes: plain(wanted.bytes) });
      }
      expect(await storage.ledger.leaf(leaves.length)).toBeUndefined();
      expect(await storage.ledger.leafByHash('nonsense')).toBeUndefined();
    });

    it('appends no height, hash or index twice, and nothing of a block that fails', async () => {
      const next = { height: heights, header: randomBytes(176), hash: digest(Buffer.from('next')), treeSize: leaves.length + 1, tries: 1n };
      const clash = { index: 7, hash: digest(Buffer.from('clash')), kind: 1, bytes: Uint8Array.of(1) };
      await expect(storage.database.transaction((tx) => storage.ledger.appendBlock(tx, next, [clash], []))).rejects.toThrow();
      await expect(storage.database.transaction((tx) => storage.ledger.appendBlock(tx, { ...next, height: 2 }, [], []))).rejects.toThrow();
      expect((await storage.ledger.tip())?.height).toBe(heights - 1);
    });
  });
});
