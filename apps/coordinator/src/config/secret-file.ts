import { randomUUID } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Reads a secret kept as one line in a file, or makes it. The file appears whole and with mode 0600, so that of
 * several coordinators starting on one home exactly one makes it and the rest read it.
 *
 * @param make called only when the file does not exist
 * @throws Error naming the file when it is empty or cannot be read
 */
export function readOrCreateSecret(path: string, make: () => string): string {
  mkdirSync(dirname(path), { recursive: true });
  return read(path) ?? create(path, make());
}

function read(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${path} cannot be read; make it readable for the coordinator's account.`, { cause });
  }
  if (text === '') throw new Error(`${path} is empty; restore it from a backup, or remove it to have a new one made.`);
  // Copies and restores often widen permissions; nobody else has a use for this file.
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return text;
}

function create(path: string, secret: string): string {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
    return secret;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    return read(path) ?? secret;
  } finally {
    unlinkSync(draft);
  }
}
