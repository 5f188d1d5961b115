export interface StoredUpload {
  /** keyId. */
  readonly contributor: string;
  /** Whether this contributor sent the whole file: naming a digest proves nothing. */
  readonly complete: boolean;
}

/** Which blobs came from contributors. An update can leak training data, so these are readable by their senders only. */
export abstract class UploadStore {
  /** Before the first byte is stored: a file is never readable by others, even for a moment. Repeating it changes nothing. */
  abstract begin(sha256: string, contributor: string, atMs: number): Promise<void>;
  /** After the last byte, when the digest was right. */
  abstract complete(sha256: string, contributor: string): Promise<void>;
  /** Everybody who began or completed an upload of this file. */
  abstract of(sha256: string): Promise<StoredUpload[]>;
}
