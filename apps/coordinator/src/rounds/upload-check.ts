import { Injectable } from '@nestjs/common';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { BlobStore } from '../storage/ports/blob.store.js';
import { RunStore } from '../storage/ports/run.store.js';
import { UploadStore } from '../storage/ports/upload.store.js';

/** The largest header a safetensors file may have; the tensors of an update are those of the model. */
const HEADER_CAP_BYTES = 1_048_576;

/** Whether a contributor may commit a file: it must have sent the whole of it, since a digest can be read off the chain. */
@Injectable()
export class UploadCheck {
  constructor(
    private readonly blobs: BlobStore,
    private readonly uploads: UploadStore,
    private readonly runs: RunStore,
  ) {}

  /** Judged before a byte is read, so that no file can cost more memory than the model allows. */
  async fits(run: string, file: { bytes: number }): Promise<boolean> {
    const stored = await this.runs.get(run);
    // A run that is not there is refused by the rules of the chain, with a better sentence.
    return stored === undefined || file.bytes <= (stored.state as RunState).model.bytes + HEADER_CAP_BYTES;
  }

  async hasSent(contributor: string, file: { sha256: string; bytes: number }): Promise<boolean> {
    const [stored, senders] = await Promise.all([this.blobs.stat(file.sha256), this.uploads.of(file.sha256)]);
    return stored?.bytes === file.bytes && senders.some((sender) => sender.contributor === contributor && sender.complete);
  }
}
