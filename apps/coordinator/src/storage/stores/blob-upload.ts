import type pg from 'pg';
import { int4, int8 } from '../copy/copy-binary.js';
import { copyRowsIn, withClient } from '../copy/copy-rows.js';
import { CHUNK_BYTES } from './chunker.js';

/** Chunks written per transaction: 8 MiB in memory for an upload under way. */
const BATCH = 8;

/** An upload under way: chunks under an id that no blob has yet. */
export class BlobUpload {
  private batch: Buffer[] = [];
  private seq = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly id: bigint,
  ) {}

  static async begin(pool: pg.Pool): Promise<BlobUpload> {
    const { rows } = await pool.query<{ id: string }>('INSERT INTO "blob_upload" DEFAULT VALUES RETURNING "id"');
    return new BlobUpload(pool, BigInt(rows[0]!.id));
  }

  async write(chunk: Buffer): Promise<void> {
    this.batch.push(chunk);
    if (this.batch.length === BATCH) await this.flush();
  }

  /** Gives the bytes their name. Durable when this resolves. Another upload of the same bytes may have been first. */
  async publish(sha256: string, bytes: number): Promise<void> {
    await this.flush();
    const isFirst = await withClient(this.pool, async (client) => {
      await client.query('BEGIN');
      const { rowCount } = await client.query(
        'INSERT INTO "blob" ("id", "sha256", "bytes", "chunk_bytes") VALUES ($1, $2, $3, $4) ON CONFLICT ("sha256") DO NOTHING',
        [this.id.toString(), Buffer.from(sha256, 'hex'), bytes, CHUNK_BYTES],
      );
      if (rowCount) await client.query('DELETE FROM "blob_upload" WHERE "id" = $1', [this.id.toString()]);
      // Waits for the write-ahead log up to here, which holds the batches before.
      await client.query('COMMIT');
      return Boolean(rowCount);
    });
    if (!isFirst) await this.abandon();
  }

  /** Removes what was written. What fails here is swept at a later start. */
  async abandon(): Promise<void> {
    this.batch = [];
    try {
      await this.pool.query('DELETE FROM "blob_chunk" WHERE "blob_id" = $1 AND NOT EXISTS (SELECT FROM "blob" WHERE "id" = $1)', [this.id.toString()]);
      await this.pool.query('DELETE FROM "blob_upload" WHERE "id" = $1', [this.id.toString()]);
    } catch {
      // The error that led here is the one to tell.
    }
  }

  private async flush(): Promise<void> {
    if (this.batch.length === 0) return;
    const rows = this.batch.map((chunk, n) => [int8(this.id), int4(this.seq + n), chunk]);
    this.seq += this.batch.length;
    this.batch = [];
    await withClient(this.pool, async (client) => {
      // Nothing names these chunks yet, so their commit need not wait for the disk; `publish` does.
      await client.query('BEGIN; SET LOCAL synchronous_commit = off');
      await copyRowsIn(client, '"blob_chunk" ("blob_id", "seq", "data")', rows);
      await client.query('COMMIT');
    });
  }
}
