import { Injectable } from '@nestjs/common';
import { BlobStore } from '../storage/ports/blob.store.js';
import { UploadStore } from '../storage/ports/upload.store.js';

/** Whether a contributor may commit a file: it must have sent the whole of it, since a digest can be read off the chain. */
@Injectable()
export class UploadCheck {
  constructor(
    private readonly blobs: BlobStore,
    private readonly uploads: UploadStore,
  ) {}

  async hasSent(contributor: string, file: { sha256: string; bytes: number }): Promise<boolean> {
    const [stored, senders] = await Promise.all([this.blobs.stat(file.sha256), this.uploads.of(file.sha256)]);
    return stored?.bytes === file.bytes && senders.some((sender) => sender.contributor === contributor && sender.complete);
  }
}
