import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeChainFile } from '@fedseal/chain/file/chain-file';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyChain, type ChainCallbacks, type ChainReport } from '@fedseal/chain/verify/verify-chain';
import { CliError, EXIT } from '../cli-error.js';

const CHAIN_FILE = 'chain.fsl';
const BLOB_FOLDER = 'blobs';

/** What `fedseal export` wrote: a folder, or its chain file alone. */
export interface ChainExport {
  readonly chainFile: string;
  /** Undefined when only a chain file was named. */
  readonly folder: string | undefined;
}

/** @throws CliError `export.missing` */
export async function openExport(path: string): Promise<ChainExport> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) return { chainFile: path, folder: undefined };
  if (info?.isDirectory()) return { chainFile: join(path, CHAIN_FILE), folder: path };
  throw new CliError('export.missing', `There is nothing at ${path}. Name a folder that \`fedseal export --out DIR\` wrote, or its ${CHAIN_FILE}.`, EXIT.usage);
}

/** Checks every rule of every header and leaf, with no network and no database. @throws ChainError, CliError */
export async function verifyExport({ chainFile }: ChainExport, callbacks: ChainCallbacks = {}): Promise<ChainReport> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(chainFile);
  } catch (cause) {
    throw new CliError('export.missing', `${chainFile} cannot be read. Name a folder that \`fedseal export --out DIR\` wrote.`, EXIT.usage, { cause });
  }
  return verifyChain(decodeChainFile(bytes), nodeCrypto, callbacks);
}

export function blobPath(folder: string, sha256: string): string {
  return join(folder, BLOB_FOLDER, sha256);
}

/** Names of everything in the blob folder. */
export async function listBlobs(folder: string): Promise<string[]> {
  return readdir(join(folder, BLOB_FOLDER)).catch(() => []);
}

/** Whatever lies beside the chain file and the blobs. */
export async function strangers(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name !== CHAIN_FILE && name !== BLOB_FOLDER);
}
