import { Injectable } from '@nestjs/common';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import { BlobStore } from '../storage/ports/blob.store.js';

/** The decoded global models in use: one per running round, so a small cache keeps every round from reading its base twice. */
@Injectable()
export class ModelSource {
  private static readonly KEPT = 4;
  private readonly kept = new Map<string, readonly Tensor[]>();

  constructor(private readonly blobs: BlobStore) {}

  async load(sha256: string): Promise<readonly Tensor[]> {
    const known = this.kept.get(sha256);
    if (known) return known;
    const tensors = decodeSafetensors(await this.blobs.get(sha256));
    this.keep(sha256, tensors);
    return tensors;
  }

  keep(sha256: string, tensors: readonly Tensor[]): void {
    this.kept.delete(sha256);
    this.kept.set(sha256, tensors);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= ModelSource.KEPT) break;
      this.kept.delete(oldest);
    }
  }
}
