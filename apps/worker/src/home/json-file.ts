import { readFile, rm } from 'node:fs/promises';
import type { z } from 'zod';
import { WorkerError } from '../worker-error.js';
import { writeAtomically } from './write-atomically.js';

/** One small JSON document in the home folder: checked when read, replaced atomically when written. */
export class JsonFile<T> {
  constructor(
    private readonly path: string,
    private readonly schema: z.ZodType<T>,
  ) {}

  /** @throws WorkerError `home.corrupt` @returns undefined when the file does not exist. */
  async read(): Promise<T | undefined> {
    let text;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return this.schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new WorkerError('home.corrupt', `The file ${this.path} is not what this worker wrote; restore it from a backup.`, { cause });
    }
  }

  async write(value: T): Promise<void> {
    await writeAtomically(this.path, `${JSON.stringify(value, undefined, 2)}\n`);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
