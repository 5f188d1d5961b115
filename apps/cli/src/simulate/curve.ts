import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.js';

/** One round of a run, one line of its curve's file. */
export const curvePoint = z.object({
  round: z.int(),
  /** On the evaluator's test set; null where nobody measured. */
  accuracy: z.number().nullable(),
  loss: z.number().nullable(),
  /** From the round's opening to its close. */
  seconds: z.number(),
  /** Updates in the aggregate, and their examples together. */
  updates: z.int(),
  examples: z.int(),
  /** SHA-256 of the model's file. */
  model: z.string(),
  block: z.object({ height: z.int(), hash: z.string() }),
  /** The greatest resident memory of every process since the point before, MiB; empty where it was not measured. */
  memoryMiB: z.record(z.string(), z.number()),
});
export type CurvePoint = z.infer<typeof curvePoint>;

/** JSON lines, appended round by round; a line that a crash cut off is dropped. */
export class CurveFile {
  private constructor(
    readonly path: string,
    readonly points: CurvePoint[],
  ) {}

  /** @throws CliError `curve.unusable` */
  static async open(path: string): Promise<CurveFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
      return new CurveFile(path, parseCurve(whole));
    } catch (cause) {
      throw new CliError('curve.unusable', `The curve ${path} cannot be continued: ${(cause as Error).message}. Name another folder with --out.`, EXIT.environment, { cause });
    }
  }

  /** The round that the next point is of. */
  get next(): number {
    return (this.points.at(-1)?.round ?? 0) + 1;
  }

  async append(point: CurvePoint): Promise<void> {
    await appendFile(this.path, `${JSON.stringify(point)}\n`, { flush: true });
    this.points.push(point);
  }
}

/** @throws ZodError, SyntaxError for what is not a curve's file */
export function parseCurve(text: string): CurvePoint[] {
  return text.split('\n').filter((line) => line !== '').map((line) => curvePoint.parse(JSON.parse(line)));
}
