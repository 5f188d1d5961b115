import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { artifact, hex32, leafBytes, runId } from '@fedseal/protocol/fields';
import { WorkerError } from '../worker-error.js';
import { JsonFile } from './json-file.js';
import { isEarlierRound, roundKeyText, type RoundKey } from './round-key.js';
import { writeAtomically } from './write-atomically.js';

const finishedUpdate = z.strictObject({
  run: runId,
  round: z.int().min(1),
  attempt: z.int().min(1),
  base: hex32,
  update: artifact,
  examples: z.int().min(1),
  /** The signed update.commit, base64url. */
  leaf: leafBytes,
  leafHash: hex32,
  finishedAtMs: z.int().min(0),
  /** The coordinator acknowledged the commit; only its verdict is awaited. */
  delivered: z.boolean(),
});
/** A trained and signed update. */
export type FinishedUpdate = z.infer<typeof finishedUpdate>;

/** Delivered updates of which the verdict is still awaited: at most so many files are kept. */
const AWAITING_VERDICT_MOST = 8;

/**
 * Finished updates until their verdict arrives, so that neither a lost connection nor a restart trains a round again.
 * A record is written after its file: what is listed is whole.
 */
export class Outbox {
  private constructor(
    private readonly folder: string,
    private readonly records: Map<string, FinishedUpdate>,
  ) {}

  /** @throws WorkerError `home.corrupt` */
  static async open(folder: string): Promise<Outbox> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = await readdir(folder);
    const records = new Map<string, FinishedUpdate>();
    for (const name of names.filter((each) => each.endsWith('.json'))) {
      const record = await new JsonFile(join(folder, name), finishedUpdate).read();
      if (record) records.set(roundKeyText(record), record);
    }
    const outbox = new Outbox(folder, records);
    await outbox.removeUnnamed(names);
    return outbox;
  }

  get(key: RoundKey): FinishedUpdate | undefined {
    return this.records.get(roundKeyText(key));
  }

  /** Oldest first. */
  list(): FinishedUpdate[] {
    return [...this.records.values()].sort((a, b) => a.finishedAtMs - b.finishedAtMs);
  }

  /** @throws WorkerError `home.corrupt` when the file is gone. */
  async readFile(update: FinishedUpdate): Promise<Uint8Array> {
    try {
      return await readFile(this.filePath(update.update.sha256));
    } catch (cause) {
      throw new WorkerError('home.corrupt', `The file of a finished update is missing in ${this.folder}.`, { cause });
    }
  }

  /**
   * Keeps a finished update. Those of earlier rounds of its run are dropped, which nobody waits for any more, and so are the
   * oldest delivered ones of other runs, whose verdict came while this worker was away.
   */
  async add(update: FinishedUpdate, file: Uint8Array): Promise<void> {
    await writeAtomically(this.filePath(update.update.sha256), file);
    await this.write(update);
    const awaiting = this.list().filter((other) => other.delivered);
    const surplus = awaiting.slice(0, Math.max(0, awaiting.length - AWAITING_VERDICT_MOST));
    const outdated = this.list().filter((other) => isEarlierRound(other, update));
    for (const other of [...surplus, ...outdated]) await this.remove(other);
  }

  async markDelivered(key: RoundKey): Promise<void> {
    const record = this.get(key);
    if (record && !record.delivered) await this.write({ ...record, delivered: true });
  }

  async remove(key: RoundKey): Promise<void> {
    const record = this.get(key);
    if (!record) return;
    this.records.delete(roundKeyText(key));
    await rm(this.recordPath(key), { force: true });
    const shared = this.list().some((other) => other.update.sha256 === record.update.sha256);
    if (!shared) await rm(this.filePath(record.update.sha256), { force: true });
  }

  private async write(update: FinishedUpdate): Promise<void> {
    await new JsonFile(this.recordPath(update), finishedUpdate).write(update);
    this.records.set(roundKeyText(update), update);
  }

  /** Files that a crash left before their record was written. */
  private async removeUnnamed(names: readonly string[]): Promise<void> {
    const named = new Set(this.list().map((record) => `${record.update.sha256}.safetensors`));
    for (const name of names) {
      if (name.endsWith('.tmp') || (name.endsWith('.safetensors') && !named.has(name))) {
        await rm(join(this.folder, name), { force: true });
      }
    }
  }

  private recordPath(key: RoundKey): string {
    return join(this.folder, `${roundKeyText(key)}.json`);
  }

  private filePath(sha256: string): string {
    return join(this.folder, `${sha256}.safetensors`);
  }
}
