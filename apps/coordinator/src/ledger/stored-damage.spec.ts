import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Storage } from '../storage/open-storage.js';
import { editRows } from '../storage/testing/edit-rows.testing.js';
import { openTestStorage } from '../storage/testing/test-database.testing.js';
import type { LedgerStore, StoredBlock, StoredLeaf } from '../storage/ports/ledger.store.js';
import { verifyStored } from './audit/verify-stored.js';
import { openTestLedger } from './ledger.testing.js';
import { replay } from './replay.js';
import { buildStoredChain, bytesOf, digestOf } from './stored-chain.testing.js';

describe('damage to stored rows', () => {
  let storage: Storage;
  let leaves: number;

  beforeAll(async () => {
    storage = await openTestStorage();
    await buildStoredChain(storage);
    leaves = (await storage.ledger.tip())!.treeSize;
  });

  afterAll(() => storage.close());

  /** Runs with one edit, then undoes it. */
  async function damaged(edit: string, undo: string, check: () => Promise<void>): Promise<void> {
    expect(await editRows(storage.url, edit)).toBe(1);
    try {
      await check();
    } finally {
      await editRows(storage.url, undo);
    }
    await verifyStored(storage);
  }

  const start = () => openTestLedger(storage);
  const flip = (table: string, column: string, at: number, where: string) =>
    `UPDATE "${table}" SET "${column}" = set_byte("${column}", ${at}, get_byte("${column}", ${at}) # 1) WHERE ${where}`;

  it('is nothing to begin with', async () => {
    const report = await verifyStored(storage);
    expect(report).toMatchObject({ waiting: 1, chain: { blocks: 4, leaves, rounds: 1, runs: 2 } });
    expect(report.blobs.count).toBeGreaterThanOrEqual(8);
    await (await start()).close();
  });

  it.each([
    ['a header', flip('block', 'header', 130, '"height" = 2'), { block: 2, rule: 'row.block-hash' }],
    ['a header’s first byte', flip('block', 'header', 0, '"height" = 0'), { block: 0, rule: 'row.block-hash' }],
    ['a block’s hash', flip('block', 'hash', 31, '"height" = 3'), { block: 3, rule: 'row.block-hash' }],
    ['a leaf', flip('leaf', 'bytes', 40, '"index" = 3'), { block: 1, leaf: 3, rule: 'row.leaf-hash' }],
    ['the charter', flip('leaf', 'bytes', 20, '"index" = 0'), { block: 0, leaf: 0, rule: 'row.leaf-hash' }],
    ['a link', flip('leaf', 'bytes', 100, '"index" = 1'), { block: 1, leaf: 1, rule: 'row.leaf-hash' }],
    ['a leaf’s hash', flip('leaf', 'hash', 0, '"index" = 7'), { block: 2, leaf: 7, rule: 'row.leaf-hash' }],
  ])('in %s is found and named', async (_, edit, { rule, ...location }) => {
    await damaged(edit, edit, async () => {
      const place = 'leaf' in location ? `block ${location.block}, leaf ${location.leaf}` : `block ${location.block}`;
      await expect(verifyStored(storage)).rejects.toMatchObject({ rule, location });
      await expect(start()).rejects.toMatchObject({ code: 'chain.corrupt', message: expect.stringContaining(`not whole at ${place}: `) });
      await expect(start()).rejects.toThrow(`[${rule}]`);
    });
  });

  it.each([
    ['tree size', `"tree_size" = "tree_size" + 1`, `"tree_size" = "tree_size" - 1`, 'block', '"height" = 1', 'row.block-tree-size'],
    ['kind', `"kind" = 7`, `"kind" = 6`, 'leaf', '"index" = 2', 'row.leaf-kind'],
    ['block', `"block_height" = 2`, `"block_height" = 1`, 'leaf', '"index" = 4', 'row.leaf-block'],
  ])('in the column %s is found and named', async (_, set, reset, table, where, rule) => {
    await damaged(`UPDATE "${table}" SET ${set} WHERE ${where}`, `UPDATE "${table}" SET ${reset} WHERE ${where}`, async () => {
      await expect(verifyStored(storage)).rejects.toMatchObject({ rule });
      await expect(start()).rejects.toThrow(`[${rule}]`);
    });
  });

  it.each([
    ['block', '"height" = 1', { rule: 'row.block-missing', location: { block: 1 } }],
    ['block', '"height" = 3', { rule: 'chain.surplus-leaves', location: {} }],
    ['leaf', '"index" = 3', { rule: 'row.leaf-missing', location: { block: 1, leaf: 3 } }],
  ])('as a missing %s (%s) is found and named', async (table, where, { rule, location }) => {
    await editRows(storage.url, `CREATE TABLE "kept" AS SELECT * FROM "${table}" WHERE ${where}`);
    await damaged(`DELETE FROM "${table}" WHERE ${where}`, `INSERT INTO "${table}" SELECT * FROM "kept"`, async () => {
      await expect(verifyStored(storage)).rejects.toMatchObject({ rule, location: expect.objectContaining(location) });
      await expect(start()).rejects.toThrow(`[${rule}]`);
    });
    await editRows(storage.url, 'DROP TABLE "kept"');
  });

  it('in a waiting leaf is found and named', async () => {
    const edit = flip('pool_leaf', 'bytes', 50, 'true');
    await damaged(edit, edit, async () => {
      await expect(verifyStored(storage)).rejects.toMatchObject({ rule: 'row.leaf-hash', message: expect.stringMatching(/^Leaf \d+ of the pool: /) });
      await expect(start()).rejects.toMatchObject({ code: 'chain.corrupt' });
    });
  });

  it('in a blob is found and named', async () => {
    const sha256 = digestOf(bytesOf('digits 1'));
    const edit = `UPDATE "blob_chunk" SET "data" = set_byte("data", 3, get_byte("data", 3) # 128)
      WHERE "blob_id" = (SELECT "id" FROM "blob" WHERE "sha256" = decode('${sha256}', 'hex'))`;
    await damaged(edit, edit, async () => {
      await expect(verifyStored(storage)).rejects.toMatchObject({ rule: 'audit.blob-digest', message: expect.stringContaining(sha256) });
    });
  });

  it('as a missing result is found and named with the leaf that seals it', async () => {
    const sha256 = digestOf(bytesOf('weights digits 1'));
    const bytes = await storage.blobs.get(sha256);
    await storage.blobs.delete(sha256);
    const where = { block: 2, leaf: expect.any(Number) };
    await expect(verifyStored(storage)).rejects.toMatchObject({ rule: 'audit.blob-missing', location: where, message: expect.stringContaining(`weights ${sha256}`) });
    await storage.blobs.put(bytes);
    await storage.blobs.delete(digestOf(bytesOf('nothing seals this')));
    await verifyStored(storage);
  });

  describe('at any byte', () => {
    const rewritten = (edit: { block?: (row: StoredBlock) => StoredBlock; leaf?: (row: StoredLeaf) => StoredLeaf }): LedgerStore => {
      const { ledger } = storage;
      return Object.create(ledger, {
        streamBlocks: {
          value: async function* () {
            for await (const row of ledger.streamBlocks()) yield edit.block?.(row) ?? row;
          },
        },
        streamLeaves: {
          value: async function* (from: number, to: number) {
            for await (const row of ledger.streamLeaves(from, to)) yield edit.leaf?.(row) ?? row;
          },
        },
      }) as LedgerStore;
    };
    const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
      const copy = Uint8Array.from(bytes);
      copy[at] = (copy[at] as number) ^ (1 << at % 8);
      return copy;
    };

    it.each([['as it is', (row: StoredBlock) => row], ['with its hash made to fit', (row: StoredBlock) => ({ ...row, hash: digestOf(row.header) })]])(
      'of a header, %s, replay refuses block 2 or the link above it',
      async (_, mend) => {
        for (let at = 0; at < 176; at += 5) {
          const store = rewritten({ block: (row) => (row.height === 2 ? mend({ ...row, header: flipped(row.header, at) }) : row) });
          await expect(replay(store)).rejects.toMatchObject({ code: 'chain.corrupt', message: expect.stringMatching(/not whole at block 2\b/) });
        }
      },
    );

    it('of a leaf, even with its hash made to fit, replay refuses its block', async () => {
      const { bytes } = (await storage.ledger.leaf(7))!;
      for (let at = 0; at < bytes.length; at += 7) {
        const store = rewritten({
          leaf: (row) => {
            if (row.index !== 7) return row;
            const changed = flipped(row.bytes, at);
            return { ...row, bytes: changed, hash: createHash('sha256').update(Uint8Array.of(0)).update(changed).digest('hex') };
          },
        });
        await expect(replay(store)).rejects.toMatchObject({ code: 'chain.corrupt', message: expect.stringMatching(/not whole at block 2\b/) });
      }
    });
  });
});
