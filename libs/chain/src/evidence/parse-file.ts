import type { z } from 'zod';
import { ChainError } from '../chain-error.js';

/**
 * The content of an evidence file, checked against its schema.
 * @param name what it is: `promise`, `receipt`, `contradiction`, `omission`
 * @throws ChainError `<name>.format`, naming the first field that does not fit
 */
export function parseFile<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new ChainError(`${name}.format`, `This is no ${name} of a kind that is known here${path && `; see ${path}`}: ${issue?.message}.`);
}
