import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../connection-pool.js';
import { silentLog } from '../storage-log.js';
import { editRows } from '../testing/edit-rows.testing.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.testing.js';
import { blobStoreContract, digest } from './blob.store.contract.testing.js';
import { PostgresBlobStore } from './postgres.blob.store.js';

const CONNECTIONS = 4;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function makeGround() {
  const connections = createPool(database.url, { name: 'test', max: CONNECTIONS, log: silentLog });
  const { pool } = connections;
  return {
    store: new PostgresBlobStore(pool),
    pool,
    url: database.url,
    damage: async (sha256: string, offset: number) => {
      await editRows(
        database.url,
        `UPDATE "blob_chunk" SET "data" = set_bit("data", ($2::int % "chunk_bytes") * 8, 1 - get_bit("data", ($2::int % "chunk_bytes") * 8))
         FROM "blob" WHERE "blob"."id" = "blob_id" AND "sha256" = decode($1, 'hex') AND "seq" = $2::int / "chunk_bytes"`,
        [sha256, offset],
      );
    },
    leftovers: async () => {
      const { rows } = await pool.query<{ n: number }>(
        `SELECT (SELECT count(*) FROM "blob_chunk" WHERE "blob_id" NOT IN (SELECT "id" FROM "blob"))::int + (SELECT count(*) FROM "blob_upload")::int AS n`,
      );
      return rows[0]!.n;
    },
    dispose: async () => {
      for (const table of ['blob', 'blob_chunk', 'blob_upload']) await pool.query(`DELETE FROM "${table}"`);
      await connections.end();
    },
  };
}

blobStoreContract('chunks in Postgres', makeGround);

describe('PostgresBlobStore', () => {
  it('notices a missing chunk', async () => {
    const ground = await makeGround();
    const { sha256 } = await ground.store.put(Buffer.alloc(3_000_000, 5));
    expect(await editRows(ground.url, 'DELETE FROM "blob_chunk" WHERE "seq" = 1')).toBe(1);
    await expect(ground.store.get(sha256)).rejects.toMatchObject({ code: 'blob.corrupt' });
    await ground.dispose();
  });

  it('sweeps what dead uploads left, and nothing else', async () => {
    const ground = await makeGround();
    const kept = await ground.store.put(Buffer.alloc(2_000_000, 5));
    const young = Buffer.from('young');
    await ground.pool.query(`INSERT INTO "blob_upload" ("id", "started_at") VALUES (900, now() - interval '2 days'), (901, now())`);
    await ground.pool.query(`INSERT INTO "blob_chunk" VALUES (900, 0, 'old'), (900, 1, 'old'), (901, 0, $1)`, [young]);
    await ground.store.sweep();
    const { rows } = await ground.pool.query<{ blob_id: string }>('SELECT DISTINCT "blob_id" FROM "blob_chunk" WHERE "blob_id" >= 900');
    expect(rows).toEqual([{ blob_id: '901' }]);
    expect(digest(await ground.store.get(kept.sha256))).toBe(kept.sha256);
    await ground.dispose();
  });
});
