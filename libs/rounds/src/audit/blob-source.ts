import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';

/** A part of a file, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where an auditor finds blobs: a folder, a database, a server. Resolves to undefined for one that is not there. With a range
 * it may answer that part alone; one that always answers the whole file is right too, and slow where updates are read in parts.
 */
export type FindBlob = (sha256: string, range?: ByteRange) => Promise<Uint8Array | undefined>;

/** Reads blobs and believes none of them: each is hashed before it is used. */
export class BlobSource {
  constructor(
    private readonly crypto: Crypto,
    private readonly find: FindBlob,
  ) {}

  /** @throws ChainError `audit.blob-digest` */
  async optional(sha256: string): Promise<Uint8Array | undefined> {
    const bytes = await this.find(sha256);
    if (bytes !== undefined && toHex(this.crypto.sha256(bytes)) !== sha256) {
      throw new ChainError('audit.blob-digest', `The stored blob ${sha256} no longer has that digest: its bytes were changed.`);
    }
    return bytes;
  }

  /** @param what names the blob in the sentence. @throws ChainError `audit.blob-digest`, `audit.blob-missing` */
  async required(sha256: string, what: string): Promise<Uint8Array> {
    return (await this.optional(sha256)) ?? missing(sha256, what);
  }

  /** A blob that is no model, with the length that its leaf declares. @throws ChainError as `required`, `audit.blob-bytes` */
  async sealed(blob: { readonly sha256: string; readonly bytes: number }, what: string): Promise<Uint8Array> {
    const bytes = await this.required(blob.sha256, what);
    if (bytes.length !== blob.bytes) {
      throw new ChainError('audit.blob-bytes', `The ${what}, blob ${blob.sha256}, has ${bytes.length} bytes, but ${blob.bytes} are sealed.`);
    }
    return bytes;
  }

  /** A part of a blob, as it is stored: the caller holds it to what it knows. @throws ChainError `audit.blob-missing` */
  async part(sha256: string, range: ByteRange, what: string): Promise<Uint8Array> {
    const bytes = (await this.find(sha256, range)) ?? missing(sha256, what);
    return bytes.length > range.end - range.start ? bytes.subarray(range.start, range.end) : bytes;
  }
}

function missing(sha256: string, what: string): never {
  throw new ChainError('audit.blob-missing', `The ${what}, blob ${sha256}, is not there, so this cannot be rebuilt.`);
}
