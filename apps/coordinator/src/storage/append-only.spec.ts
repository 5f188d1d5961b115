import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStorage, type Storage } from './open-storage.js';
import { createTestDatabase, type TestDatabase } from './testing/test-database.testing.js';

const hash = (n: number) => n.toString(16).padStart(64, '0');

/** What the database itself refuses, whoever asks: the stores are not in the way here. */
describe('the database refuses to change what was sealed', () => {
  let database: TestDatabase;
  let storage: Storage;
  let client: pg.Client;
  let blob: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    storage = await openStorage({ home: '', databaseUrl: database.url });
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await storage.database.transaction((tx) =>
      storage.ledger.appendBlock(
        tx,
        { height: 0, header: new Uint8Array(176), hash: hash(1), treeSize: 2, tries: 3n },
        [0, 1].map((index) => ({ index, hash: hash(10 + index), kind: 1, bytes: Uint8Array.of(index) })),
        [],
      ),
    );
    blob = (await storage.blobs.put(randomBytes(2_500_000))).sha256;
  });
  afterAll(async () => {
    await client.end();
    await storage.close();
    await database.drop();
  });

  const ledger = /refused: blocks and sealed leaves are append-only/;
  const blobs = /refused: blobs are immutable/;

  it.each([
    ['UPDATE "block" SET "tries" = 4', ledger],
    ['UPDATE "block" SET "hash" = "hash"', ledger],
    ['DELETE FROM "block"', ledger],
    ['TRUNCATE "block"', ledger],
    [`UPDATE "leaf" SET "bytes" = 'x' WHERE "index" = 1`, ledger],
    ['DELETE FROM "leaf" WHERE "index" = 1', ledger],
    ['TRUNCATE "leaf"', ledger],
    ['TRUNCATE "leaf", "block" CASCADE', ledger],
    [`INSERT INTO "leaf" VALUES (1, decode('${hash(11)}', 'hex'), 1, 'x', 0) ON CONFLICT ("index") DO UPDATE SET "bytes" = 'x'`, ledger],
    ['UPDATE "blob" SET "bytes" = 1', blobs],
    ['TRUNCATE "blob"', blobs],
    [`UPDATE "blob_chunk" SET "data" = 'x' WHERE "seq" = 1`, blobs],
    ['TRUNCATE "blob_chunk"', blobs],
    ['DELETE FROM "blob_chunk" WHERE "seq" = 2', /refused: delete the row of its blob first/],
    ['DELETE FROM "blob_chunk"', /refused: delete the row of its blob first/],
    [`INSERT INTO "block" VALUES (1, 'short', decode('${hash(2)}', 'hex'), 3, 0)`, /block_header_length/],
  ])('%s', async (sql, message) => {
    await expect(client.query(sql)).rejects.toThrow(message);
  });

  it('and nothing of it has happened', async () => {
    expect(await storage.ledger.tip()).toMatchObject({ height: 0, treeSize: 2, tries: 3n });
    expect(await storage.ledger.leafHashes(0, 10)).toEqual([hash(10), hash(11)]);
    expect((await storage.blobs.get(blob)).length).toBe(2_500_000);
  });

  it('lets a whole blob go', async () => {
    await storage.blobs.delete(blob);
    const { rows } = await client.query('SELECT (SELECT count(*)::int FROM "blob") AS blobs, (SELECT count(*)::int FROM "blob_chunk") AS chunks');
    expect(rows).toEqual([{ blobs: 0, chunks: 0 }]);
  });
});
