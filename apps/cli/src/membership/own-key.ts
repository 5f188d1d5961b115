import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromHex, toBase64url, toHex } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { hex32 } from '@fedseal/protocol/fields';
import { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';

/** What of a worker's worker.json is needed here; the rest is kept as it is. */
const identity = z.looseObject({ url: z.url(), chain: hex32, keyId: hex32, pendingInvitation: z.null() });
type Identity = z.infer<typeof identity>;

/**
 * Gives a worker its next key. The new key is durable before the leaf leaves, and the same leaf is made when the command is
 * repeated, so a crash at any moment is mended by running it again.
 * @param home of a worker that does not run
 * @throws CliError `home.*`, and what the coordinator answers
 */
export async function rotateKey(home: string): Promise<{ keyId: string; former: string; leafHash: string }> {
  const known = await readIdentity(home);
  const nextPath = join(home, 'worker.key.next');
  const next = (await readSigner(nextPath)) ?? (await makeKey(nextPath));
  const [keyId, current] = [toHex(next.keyId), await ownSigner(home)];
  const leaf = signLeaf('contributor.rotate', { chain: known.chain, contributor: toHex(current.keyId), key: toHex(next.publicKey) }, [current, next]);
  if (known.keyId !== keyId) {
    await send(known, leaf);
    await replace(join(home, 'worker.json'), `${JSON.stringify({ ...known, keyId }, undefined, 2)}\n`);
  }
  await rename(nextPath, join(home, 'worker.key'));
  await syncFolder(home);
  return { keyId, former: toHex(current.keyId), leafHash: toHex(leafHash(nodeCrypto, leaf)) };
}

/** Ends a worker's key by its own signature. @throws CliError `home.*`, and what the coordinator answers */
export async function revokeOwnKey(home: string, reason: string): Promise<{ leafHash: string }> {
  const known = await readIdentity(home);
  const leaf = signLeaf('contributor.revoke', { chain: known.chain, contributor: known.keyId, reason }, [await ownSigner(home)]);
  await send(known, leaf);
  return { leafHash: toHex(leafHash(nodeCrypto, leaf)) };
}

async function send({ url }: Identity, leaf: Uint8Array): Promise<void> {
  try {
    await new ApiClient(url.replace(/\/+$/, ''), undefined).post('/v1/leaves', { leaf: toBase64url(leaf) });
  } catch (error) {
    // An answer that was lost: the leaf counts.
    if (!(error instanceof CliError && error.code === 'leaf.duplicate')) throw error;
  }
}

async function readIdentity(home: string): Promise<Identity> {
  await refuseRunning(home);
  const text = await readText(join(home, 'worker.json'));
  const parsed = identity.safeParse(text === undefined ? undefined : parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CliError('home.not-a-worker', `${home} is no home of an enrolled worker; name the folder that \`fedseal worker start --home\` was given.`, EXIT.environment);
}

/** A worker that runs would go on with the key it has in memory. */
async function refuseRunning(home: string): Promise<void> {
  const pid = z.object({ pid: z.int().min(1) }).safeParse(parseJson((await readText(join(home, 'worker.lock'))) ?? ''));
  if (pid.success && isAlive(pid.data.pid)) {
    throw new CliError('home.in-use', `A worker (process ${pid.data.pid}) runs on ${home}; stop it first.`, EXIT.environment);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function ownSigner(home: string): Promise<Signer> {
  const signer = await readSigner(join(home, 'worker.key'));
  if (signer !== undefined) return signer;
  throw new CliError('home.no-key', `${home} holds no worker.key; restore it from a backup.`, EXIT.environment);
}

async function readSigner(path: string): Promise<Signer | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  if (!/^[0-9a-f]{64}\n?$/.test(text)) throw new CliError('home.key', `${path} must hold 64 hex digits; restore it from a backup.`, EXIT.environment);
  return createSigner(fromHex(text.trim()));
}

async function makeKey(path: string): Promise<Signer> {
  const seed = randomBytes(32);
  await replace(path, `${toHex(seed)}\n`);
  return createSigner(seed);
}

/** Whole or not at all, durable, and readable by the owner alone. */
async function replace(path: string, text: string): Promise<void> {
  const aside = `${path}.tmp`;
  const file = await open(aside, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  await syncFolder(join(path, '..'));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError('home.unreadable', `${path} cannot be read: ${(error as Error).message}.`, EXIT.environment, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
