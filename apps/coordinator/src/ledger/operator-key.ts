import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { CodedError } from '../observability/coded-error.js';

const SEED_BYTES = 32;

/**
 * The operator's Ed25519 seed, `<home>/operator.key`: 64 hex digits and a newline, mode 0600. Made on first start;
 * several coordinators of one federation share it as a file or a mounted secret.
 * @param randomBytes source of the seed when there is no file yet
 * @throws CodedError `operator-key.permissions` when others may read it, `operator-key.malformed`
 */
export async function loadOperatorKey(home: string, randomBytes: (length: number) => Uint8Array): Promise<Signer> {
  const path = join(home, 'operator.key');
  const seed = (await readSeed(path)) ?? (await createSeed(home, path, randomBytes));
  return createSigner(seed);
}

/**
 * The key of a federation that exists.
 * @throws CodedError `home.operator-key` when there is none; and as `loadOperatorKey`
 */
export async function readOperatorKey(home: string): Promise<Signer> {
  const seed = await readSeed(join(home, 'operator.key'));
  if (seed !== undefined) return createSigner(seed);
  throw new CodedError('home.operator-key', `${home} holds no operator.key, so no federation was founded there. Name the federation's home.`);
}

async function readSeed(path: string): Promise<Uint8Array | undefined> {
  const info = await stat(path).catch(absent);
  if (info === undefined) return undefined;
  if ((info.mode & 0o077) !== 0) {
    throw new CodedError(
      'operator-key.permissions',
      `The operator's key ${path} can be read by others; run "chmod 600 ${path}" and, if somebody may have copied it, rotate it.`,
    );
  }
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new CodedError(
      'operator-key.malformed',
      `The operator's key ${path} is not 64 hex digits; restore it from its backup, a new key cannot continue this federation.`,
    );
  }
  return Buffer.from(text, 'hex');
}

/** Written aside and linked into place: the file is never seen half written, and of two first starts one wins. */
async function createSeed(
  home: string,
  path: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<Uint8Array> {
  await mkdir(home, { recursive: true });
  const aside = `${path}.${Buffer.from(randomBytes(8)).toString('hex')}`;
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(`${Buffer.from(randomBytes(SEED_BYTES)).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(aside);
  }
  const folder = await open(home, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  const seed = await readSeed(path);
  if (seed === undefined) {
    throw new CodedError('operator-key.missing', `The operator's key ${path} vanished while it was made; start again.`);
  }
  return seed;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
