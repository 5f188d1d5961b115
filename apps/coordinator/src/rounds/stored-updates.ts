import { buffer } from 'node:stream/consumers';
import { copyFloats, readLayout, type FileLayout } from '@fedseal/model/safetensors/read-layout';
import type { UpdateSource } from '@fedseal/model/strategies/update-source';
import type { BlobStore } from '../storage/ports/blob.store.js';
import type { StoredUpdate } from '../storage/ports/round.store.js';

/**
 * Updates of a round read in parts from the store, for rules that look at all of them side by side. Each was read whole, hashed
 * and checked before it was accepted.
 */
export class StoredUpdates implements UpdateSource {
  /** By commit. */
  private readonly files: ReadonlyMap<string, string>;
  private readonly layouts = new Map<string, Promise<FileLayout>>();

  constructor(
    private readonly blobs: Pick<BlobStore, 'stream'>,
    updates: readonly StoredUpdate[],
  ) {
    this.files = new Map(updates.flatMap(({ commit, update }) => (commit === null || update === null ? [] : [[commit, update.sha256]])));
  }

  async read(commit: string, tensor: string, start: number, out: Float32Array): Promise<void> {
    const file = this.files.get(commit);
    const begin = file === undefined ? undefined : (await this.layout(file)).get(tensor);
    if (file === undefined || begin === undefined) throw new Error(`The accepted commit ${commit} has no tensor ${tensor} in the store.`);
    const from = begin + start * 4;
    copyFloats(await this.bytes(file, from, from + out.byteLength), out);
  }

  private layout(file: string): Promise<FileLayout> {
    const known = this.layouts.get(file) ?? readLayout((start, end) => this.bytes(file, start, end));
    this.layouts.set(file, known);
    return known;
  }

  private async bytes(file: string, start: number, end: number): Promise<Uint8Array> {
    return buffer(await this.blobs.stream(file, { start, end }));
  }
}
