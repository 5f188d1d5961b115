import { appendFile, readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { WorkerError } from '../worker-error.js';
import type { FinishedUpdate } from './outbox.js';
import { roundKeyText, type RoundKey } from './round-key.js';

const line = z.object({ run: z.string(), round: z.int(), attempt: z.int() });

/**
 * Every commit this worker ever signed, one JSON object a line: its own evidence, and what keeps it from training one
 * round twice after the finished update itself is gone.
 */
export class UpdateLog {
  private constructor(
    private readonly path: string,
    private readonly keys: Set<string>,
  ) {}

  /** A torn last line (a crash while it was written) is cut off. @throws WorkerError `home.corrupt` */
  static async open(path: string): Promise<UpdateLog> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
    const keys = new Set<string>();
    for (const [index, each] of whole.split('\n').entries()) {
      if (each === '') continue;
      try {
        keys.add(roundKeyText(line.parse(JSON.parse(each))));
      } catch (cause) {
        throw new WorkerError('home.corrupt', `Line ${index + 1} of ${path} is not a record; restore the file from a backup.`, { cause });
      }
    }
    return new UpdateLog(path, keys);
  }

  has(key: RoundKey): boolean {
    return this.keys.has(roundKeyText(key));
  }

  /** Logs an update once. */
  async append(update: FinishedUpdate): Promise<void> {
    if (this.has(update)) return;
    const { run, round, attempt, base, examples, leafHash, finishedAtMs } = update;
    const record = { run, round, attempt, base, update: update.update, examples, commit: leafHash, finishedAtMs };
    await appendFile(this.path, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
    this.keys.add(roundKeyText(update));
  }
}
