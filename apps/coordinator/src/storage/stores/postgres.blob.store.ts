import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { CodedError } from '../../observability/coded-error.js';
import { withClient } from '../copy/copy-rows.js';
import { BlobStore, type BlobStat } from '../ports/blob.store.js';
import { BlobReader, type StoredBlob } from './blob-reader.js';
import { BlobUpload } from './blob-upload.js';
import { CHUNK_BYTES, Chunker } from './chunker.js';
import { hexOf, isDigest } from './hex.js';

/** Rows of a page of `list`. */
const PAGE = 500;

/** Uploads whose coordinator died are forgotten after this; nothing can still be writing them. */
const ABANDONED = '1 day';

interface BlobRow {
  readonly id: string;
  readonly sha256: Buffer;
  readonly bytes: string;
  readonly chunk_bytes: number;
}

/**
 * Blobs as chunks of 1 MiB in Postgres. Every connection is borrowed for one batch of chunks at a time, so slow peers
 * hold memory for a batch but never a connection or a transaction. Chunks are written under an id that nothing names
 * until the whole upload was hashed; the row that names it appears last.
 */
export class PostgresBlobStore extends BlobStore {
  private readonly reader: BlobReader;

  constructor(private readonly pool: pg.Pool) {
    super();
    this.reader = new BlobReader(pool);
  }

  override async put(bytes: Uint8Array): Promise<BlobStat> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (bytes.length > CHUNK_BYTES) return this.putStream(Readable.from(pieces(bytes)), sha256, bytes.length);
    await this.pool.query(
      `WITH added AS (
         INSERT INTO "blob" ("id", "sha256", "bytes", "chunk_bytes")
         VALUES (nextval('"blob_upload_id_seq"'), $1, $2, $3) ON CONFLICT ("sha256") DO NOTHING RETURNING "id"
       )
       INSERT INTO "blob_chunk" ("blob_id", "seq", "data") SELECT "id", 0, $4::bytea FROM added WHERE $2 > 0`,
      [Buffer.from(sha256, 'hex'), bytes.length, CHUNK_BYTES, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)],
    );
    return { sha256, bytes: bytes.length };
  }

  override async putStream(source: Readable, expected: string, maxBytes: number): Promise<BlobStat> {
    // What is there already is still read to its end: the caller learns whether it sent what it announced.
    const upload = (await this.stat(expected)) ? undefined : await BlobUpload.begin(this.pool);
    try {
      const { sha256, bytes } = await receive(source, maxBytes, upload);
      if (sha256 !== expected) {
        throw new CodedError(
          'blob.digest-mismatch',
          `The bytes have SHA-256 ${sha256} and were announced as ${expected}; send them again, or name the digest that they have.`,
        );
      }
      await upload?.publish(expected, bytes);
      return { sha256, bytes };
    } catch (error) {
      // Nobody reads on; an upload under way must stop rather than fill a buffer.
      source.destroy();
      await upload?.abandon();
      throw error;
    }
  }

  override async stat(sha256: string): Promise<BlobStat | undefined> {
    const blob = await this.find(sha256);
    return blob && { sha256, bytes: blob.bytes };
  }

  override async get(sha256: string): Promise<Uint8Array> {
    return this.reader.whole(await this.findOrThrow(sha256));
  }

  override async stream(sha256: string, range?: { start: number; end: number }): Promise<Readable> {
    const blob = await this.findOrThrow(sha256);
    const pieces = range ? this.reader.range(blob, range.start, range.end) : this.reader.verified(blob);
    // One piece is a chunk of up to 1 MiB: the reader's own buffer need not hold a second.
    return Readable.from(pieces, { objectMode: false, highWaterMark: 1 });
  }

  override async delete(sha256: string): Promise<void> {
    if (!isDigest(sha256)) return;
    await withClient(this.pool, async (client) => {
      await client.query('BEGIN');
      const { rows } = await client.query<{ id: string }>('DELETE FROM "blob" WHERE "sha256" = $1 RETURNING "id"', [Buffer.from(sha256, 'hex')]);
      for (const { id } of rows) await client.query('DELETE FROM "blob_chunk" WHERE "blob_id" = $1', [id]);
      await client.query('COMMIT');
    });
  }

  override async *list(): AsyncIterable<BlobStat> {
    let after: Buffer = Buffer.alloc(0);
    for (;;) {
      const { rows } = await this.pool.query<BlobRow>(
        'SELECT "id", "sha256", "bytes", "chunk_bytes" FROM "blob" WHERE "sha256" > $1 ORDER BY "sha256" LIMIT $2',
        [after, PAGE],
      );
      for (const row of rows) yield { sha256: hexOf(row.sha256), bytes: Number(row.bytes) };
      if (rows.length < PAGE) return;
      after = rows.at(-1)!.sha256;
    }
  }

  /** Removes what uploads of dead coordinators left. For start-up. */
  async sweep(): Promise<void> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT "id" FROM "blob_upload" WHERE "started_at" < now() - interval '${ABANDONED}'`,
    );
    for (const { id } of rows) await new BlobUpload(this.pool, BigInt(id)).abandon();
  }

  private async find(sha256: string): Promise<StoredBlob | undefined> {
    if (!isDigest(sha256)) return undefined;
    const { rows } = await this.pool.query<BlobRow>(
      'SELECT "id", "sha256", "bytes", "chunk_bytes" FROM "blob" WHERE "sha256" = $1',
      [Buffer.from(sha256, 'hex')],
    );
    const row = rows[0];
    return row && { id: BigInt(row.id), sha256, bytes: Number(row.bytes), chunkBytes: row.chunk_bytes };
  }

  private async findOrThrow(sha256: string): Promise<StoredBlob> {
    const blob = await this.find(sha256);
    if (!blob) throw new CodedError('blob.not-found', `No blob has SHA-256 ${sha256}; upload it, or check the digest.`);
    return blob;
  }
}

async function receive(source: Readable, maxBytes: number, upload: BlobUpload | undefined): Promise<BlobStat> {
  const hash = createHash('sha256');
  const chunker = new Chunker();
  let bytes = 0;
  for await (const piece of iterate(source)) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new CodedError('blob.too-large', `The upload is larger than the ${maxBytes} bytes allowed here; nothing of it was kept.`);
    }
    hash.update(piece);
    if (upload) for (const chunk of chunker.push(piece)) await upload.write(chunk);
  }
  const rest = chunker.rest();
  if (upload && rest.length > 0) await upload.write(rest);
  return { sha256: hash.digest('hex'), bytes };
}

async function* iterate(source: Readable): AsyncIterable<Buffer> {
  try {
    for await (const piece of source) yield Buffer.isBuffer(piece) ? piece : Buffer.from(piece as Uint8Array | string);
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('blob.incomplete', 'The upload ended before its last byte; send it again.', { cause });
  }
}

function* pieces(bytes: Uint8Array): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(CHUNK_BYTES, bytes.length - at));
  }
}
