import { open, readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ChainError } from '@fedseal/chain/chain-error';
import { bundleContents, WHOLE_BUNDLE } from '@fedseal/chain/file/bundle-contents';
import type { BundleContents } from '@fedseal/chain/file/bundle-contents';
import { CliError, EXIT } from '../cli-error.js';

export const CHAIN_FILE = 'chain.fsl';
export const BLOB_FOLDER = 'blobs';
export const CHECKPOINT_FILE = 'checkpoint';
export const TILE_FOLDER = 'tile';
const CONTENTS_FILE = 'bundle.json';
const README_FILE = 'README.txt';

/** Everything that an export writes to a folder. */
const KNOWN: ReadonlySet<string> = new Set([CHAIN_FILE, BLOB_FOLDER, CHECKPOINT_FILE, TILE_FOLDER, CONTENTS_FILE, README_FILE]);

/** What lies in an exported folder beside the chain and the blobs. */
export interface BundleFolder {
  readonly checkpoint: string | undefined;
  readonly hasTiles: boolean;
  /** Undefined in a folder that holds a chain and blobs alone. */
  readonly contents: BundleContents | undefined;
  /** Whatever no export writes. */
  readonly strangers: readonly string[];
}

/** @throws ChainError `bundle.contents`, `bundle.incomplete`; CliError `export.unreadable` */
export async function readBundleFolder(folder: string): Promise<BundleFolder> {
  const names = await readdir(folder);
  const text = async (name: string) => (names.includes(name) ? (await readBytes(join(folder, name)))?.toString('utf8') : undefined);
  const contents = parseContents(await text(CONTENTS_FILE));
  const missing = contents && [CHECKPOINT_FILE, TILE_FOLDER, BLOB_FOLDER].find((name) => !names.includes(name));
  if (missing !== undefined) throw new ChainError('bundle.incomplete', `The folder's ${missing} is gone, which every bundle has. Export again.`);
  return {
    checkpoint: await text(CHECKPOINT_FILE),
    hasTiles: names.includes(TILE_FOLDER),
    contents,
    strangers: names.filter((name) => !KNOWN.has(name)),
  };
}

/** What a folder says of itself; one that says nothing holds everything. */
export function choiceOf(contents: BundleContents | undefined) {
  return contents ?? WHOLE_BUNDLE;
}

/** Files below `tile/`, as paths from the folder with forward slashes. */
export async function listTiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, TILE_FOLDER), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

/** @param range the part to read, `end` exclusive @returns undefined for a file that is not there @throws CliError `export.unreadable` */
export async function readBytes(path: string, range?: { readonly start: number; readonly end: number }): Promise<Buffer | undefined> {
  try {
    return range === undefined ? await readFile(path) : await readPart(path, range);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError('export.unreadable', `${path} cannot be read: ${(cause as Error).message}.`, EXIT.environment, { cause });
  }
}

async function readPart(path: string, { start, end }: { readonly start: number; readonly end: number }): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function parseContents(text: string | undefined): BundleContents | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ChainError('bundle.contents', `${CONTENTS_FILE} is not JSON: it was changed. Export again.`, {}, { cause });
  }
  const parsed = bundleContents.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ChainError('bundle.contents', `${CONTENTS_FILE} does not fit at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`);
}
