import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { WorkerError } from '../worker-error.js';
import { syncFolder } from './write-atomically.js';

/**
 * The worker's Ed25519 seed (RFC 8032, section 5.1.5) as 64 hex digits in a file that only its owner may read.
 * Made on the first start; never overwritten: whoever loses it loses the identity it stands for.
 * @param randomBytes source of the seed
 * @returns 32 bytes
 * @throws WorkerError `key.readable-by-others`, `key.corrupt`
 */
export async function loadOrCreateSeed(path: string, randomBytes: (length: number) => Uint8Array): Promise<Uint8Array> {
  const known = await readSeed(path);
  if (known) return known;
  const temporary = `${path}.${toHex(randomBytes(6))}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      // The umask may only take bits away; 0600 is said again so that it is exact.
      await file.chmod(0o600);
      await file.writeFile(`${toHex(randomBytes(32))}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link fails where a rename would silently replace a key made meanwhile by another start.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readSeed(path);
  if (!made) throw new WorkerError('key.corrupt', `The key file ${path} vanished while it was made; start again.`);
  return made;
}

async function readSeed(path: string): Promise<Uint8Array | undefined> {
  let mode;
  let text;
  try {
    mode = (await stat(path)).mode;
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if ((mode & 0o077) !== 0) {
    throw new WorkerError(
      'key.readable-by-others',
      `The key file ${path} can be read or changed by other users (mode ${(mode & 0o777).toString(8)}); run chmod 600 on it, ` +
        'and enrol a new key if somebody may have copied it.',
    );
  }
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new WorkerError('key.corrupt', `The key file ${path} must hold 64 hex digits; restore it from a backup or remove it to enrol anew.`);
  }
  return fromHex(text.trim());
}
