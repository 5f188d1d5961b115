import type { Readable } from 'node:stream';

export interface BlobStat {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Content-addressed, immutable bytes. Blobs are written before the transaction that names them, and writing one
 * that exists is a no-op, so a crash between the two leaves at most an unreferenced blob.
 */
export abstract class BlobStore {
  /** @returns the lower-case hex SHA-256 of `bytes`. */
  abstract put(bytes: Uint8Array): Promise<BlobStat>;
  /**
   * Streams a blob in with bounded memory, hashing once.
   * @throws CodedError `blob.too-large` past `maxBytes`, `blob.digest-mismatch` when the digest is not `expected`;
   * nothing is kept then.
   */
  abstract putStream(source: Readable, expected: string, maxBytes: number): Promise<BlobStat>;
  abstract stat(sha256: string): Promise<BlobStat | undefined>;
  /** @throws CodedError `blob.not-found`, or `blob.corrupt` when the stored bytes no longer have that digest. */
  abstract get(sha256: string): Promise<Uint8Array>;
  /** Bytes `start` (inclusive) to `end` (exclusive); the whole blob by default. @throws CodedError `blob.not-found` */
  abstract stream(sha256: string, range?: { start: number; end: number }): Promise<Readable>;
  abstract delete(sha256: string): Promise<void>;
  /** Every blob in the order of its digest, for audits. */
  abstract list(): AsyncIterable<BlobStat>;
}
