import { createHash } from 'node:crypto';
import type pg from 'pg';
import { CodedError } from '../../observability/coded-error.js';
import { copyRowsOut } from '../copy/copy-rows.js';

/** Chunks read per query: 4 MiB in memory for a download under way. */
const BATCH = 4;

export interface StoredBlob {
  readonly id: bigint;
  readonly sha256: string;
  readonly bytes: number;
  readonly chunkBytes: number;
}

/** Reads blobs in batches of chunks; a connection is borrowed only while a batch comes in. */
export class BlobReader {
  constructor(private readonly pool: pg.Pool) {}

  /** @throws CodedError `blob.corrupt` */
  async whole(blob: StoredBlob): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(blob.bytes);
    let at = 0;
    for await (const chunk of this.verified(blob)) at += chunk.copy(bytes, at);
    return bytes;
  }

  /** The whole blob; what comes out last is an error when the digest is not what it should be. */
  async *verified(blob: StoredBlob): AsyncIterable<Buffer> {
    const hash = createHash('sha256');
    for await (const chunk of this.range(blob, 0, blob.bytes)) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest('hex') !== blob.sha256) throw corrupt(blob, 'its bytes have another digest');
  }

  /** Bytes `start` to `end` (exclusive), both cut to the blob's size. */
  async *range(blob: StoredBlob, start: number, end: number): AsyncIterable<Buffer> {
    const from = Math.max(0, start);
    const to = Math.min(end, blob.bytes);
    if (from >= to) return;
    const last = Math.floor((to - 1) / blob.chunkBytes);
    for (let seq = Math.floor(from / blob.chunkBytes); seq <= last; seq += BATCH) {
      const count = Math.min(BATCH, last - seq + 1);
      for (const [n, chunk] of (await this.chunks(blob, seq, count)).entries()) {
        const offset = (seq + n) * blob.chunkBytes;
        yield chunk.subarray(Math.max(0, from - offset), Math.min(chunk.length, to - offset));
      }
    }
  }

  private async chunks(blob: StoredBlob, seq: number, count: number): Promise<Buffer[]> {
    const rows = await copyRowsOut(
      this.pool,
      `SELECT "data" FROM "blob_chunk" WHERE "blob_id" = ${blob.id} AND "seq" >= ${seq} AND "seq" < ${seq + count} ORDER BY "seq"`,
    );
    const chunks = rows.map((row) => row[0]!);
    if (chunks.length !== count) throw corrupt(blob, 'parts of it are missing');
    for (const [n, chunk] of chunks.entries()) {
      const expected = Math.min(blob.chunkBytes, blob.bytes - (seq + n) * blob.chunkBytes);
      if (chunk.length !== expected) throw corrupt(blob, 'a part of it has another length');
    }
    return chunks;
  }
}

function corrupt(blob: StoredBlob, what: string): CodedError {
  return new CodedError('blob.corrupt', `Blob ${blob.sha256} is damaged: ${what}. Restore it from a backup or an export, and check the disk.`);
}
