import { ChainError } from '../chain-error.js';

/**
 * Runs the check of one part of an evidence file. Whatever it refuses is refused as `<file>.<name>`, with the cause: who reads
 * the answer wants to know which part of the file fails first.
 */
export function partOf(file: string) {
  return <T>(name: string, what: string, check: () => T): T => {
    try {
      return check();
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      throw new ChainError(`${file}.${name}`, `The ${file} does not hold in ${what}: ${cause.message}`, cause.location, { cause });
    }
  };
}
