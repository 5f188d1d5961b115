import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { copyFloats, readLayout, type FileLayout } from '@fedseal/model/safetensors/read-layout';
import type { UpdateSource } from '@fedseal/model/strategies/update-source';
import type { BlobSource } from './blob-source.js';

/** Bytes that are hashed together when a file is read in parts. */
const CHUNK = 256 * 1024;

interface KnownFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly layout: FileLayout;
  /** Hex digest of each chunk, in order. */
  readonly digests: readonly string[];
}

/**
 * A round's updates, read again in stretches by rules that look at all of them side by side: what is in memory is a stretch, not
 * the updates. The first time a file is read whole and its sealed digest checked; of its chunks only digests are kept, and
 * every later part is held to them, so a store cannot answer otherwise the second time.
 */
export class AuditedUpdates implements UpdateSource {
  private readonly known = new Map<string, KnownFile>();

  /** @param fileOf the sealed digest of a commit's update, which was checked and folded before */
  constructor(
    private readonly crypto: Crypto,
    private readonly blobs: BlobSource,
    private readonly fileOf: (commit: string) => string,
  ) {}

  async read(commit: string, tensor: string, start: number, out: Float32Array): Promise<void> {
    const file = this.known.get(commit) ?? (await this.open(commit));
    const begin = file.layout.get(tensor);
    if (begin === undefined) throw new Error(`The update ${commit} was folded, but has no tensor ${tensor}.`);
    const from = begin + start * 4;
    const to = from + out.byteLength;
    const firstChunk = Math.floor(from / CHUNK);
    const alignedFrom = firstChunk * CHUNK;
    const part = await this.blobs.part(file.sha256, { start: alignedFrom, end: Math.min(file.bytes, Math.ceil(to / CHUNK) * CHUNK) }, `update ${commit}`);
    for (const [n, digest] of digestsOf(this.crypto, part).entries()) {
      if (digest !== file.digests[firstChunk + n]) {
        throw new ChainError('audit.blob-digest', `The stored blob ${file.sha256} changed between two readings.`);
      }
    }
    copyFloats(part.subarray(from - alignedFrom, to - alignedFrom), out);
  }

  private async open(commit: string): Promise<KnownFile> {
    const sha256 = this.fileOf(commit);
    const bytes = await this.blobs.required(sha256, `update ${commit}`);
    const layout = await readLayout((start, end) => Promise.resolve(bytes.subarray(start, end)));
    const file = { sha256, bytes: bytes.length, layout, digests: digestsOf(this.crypto, bytes) };
    this.known.set(commit, file);
    return file;
  }
}

function digestsOf(crypto: Crypto, bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, n) => toHex(crypto.sha256(bytes.subarray(n * CHUNK, (n + 1) * CHUNK))));
}
