import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { CliError, EXIT } from '../cli-error.js';

/**
 * Makes the data folder ready. `fresh` moves an old one aside and never deletes it.
 * @returns where the old one went, if it was moved
 */
export function prepareHome(home: string, fresh: boolean, now: Date): string | undefined {
  try {
    let aside: string | undefined;
    if (fresh && existsSync(home)) {
      aside = `${home}.${now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}`;
      renameSync(home, aside);
    }
    mkdirSync(home, { recursive: true });
    return aside;
  } catch (cause) {
    throw new CliError('home.unusable', `The data folder ${home} cannot be used: ${(cause as Error).message}. Set FEDSEAL_HOME to a folder you may write to.`, EXIT.environment, { cause });
  }
}
