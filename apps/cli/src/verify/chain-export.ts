import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ChainError } from '@fedseal/chain/chain-error';
import { decodeChainFile } from '@fedseal/chain/file/chain-file';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyChain, type ChainCallbacks, type ChainReport } from '@fedseal/chain/verify/verify-chain';
import { CliError, EXIT } from '../cli-error.js';
import { BLOB_FOLDER, CHAIN_FILE, listTiles, readBundleFolder, readBytes } from './bundle-folder.js';
import type { BundleFolder } from './bundle-folder.js';
import type { ChainSource, VerifiedChain } from './chain-source.js';
import { checkCheckpoint } from './check-checkpoint.js';
import { TileChecker } from './tile-checker.js';

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
  throw missing(path);
}

/** An export as something to verify and to ask for files. */
export function exportSource(exported: ChainExport): ChainSource {
  const { folder, chainFile } = exported;
  return {
    kind: folder === undefined ? 'chain-file' : 'bundle',
    place: folder ?? chainFile,
    verify: (callbacks) => verifyExport(exported, callbacks),
    blob: async (sha256) => (folder === undefined ? undefined : readBytes(blobPath(folder, sha256))),
  };
}

/**
 * Checks every rule of every header and leaf and, in a folder, its checkpoint and every byte of its tiles, with no network and no
 * database. @throws ChainError, CliError
 */
export async function verifyExport({ chainFile, folder }: ChainExport, callbacks: ChainCallbacks = {}): Promise<VerifiedChain> {
  const bytes = await readBytes(chainFile);
  if (bytes === undefined) throw missing(chainFile);
  const sources = decodeChainFile(bytes);
  if (folder === undefined) {
    return { report: await verifyChain(sources, nodeCrypto, callbacks), checkpoint: undefined, tiles: 0, contents: undefined };
  }
  const beside = await readBundleFolder(folder);
  const tiles = beside.hasTiles ? new TileChecker((path) => readBytes(join(folder, path))) : undefined;
  const report = await verifyChain(sources, nodeCrypto, {
    ...callbacks,
    onLeaf: async (leaf, at) => {
      await tiles?.append(at.bytes, at.hash);
      await callbacks.onLeaf?.(leaf, at);
    },
  });
  await tiles?.finish();
  demandOwnContents(beside, report);
  if (tiles) await demandNoOtherTile(folder, tiles.expected);
  return {
    report,
    checkpoint: beside.checkpoint === undefined ? undefined : checkCheckpoint(beside.checkpoint, report),
    tiles: tiles?.expected.size ?? 0,
    contents: beside.contents,
  };
}

export function blobPath(folder: string, sha256: string): string {
  return join(folder, BLOB_FOLDER, sha256);
}

/** Names of everything in the blob folder. */
export async function listBlobs(folder: string): Promise<string[]> {
  return readdir(join(folder, BLOB_FOLDER)).catch(() => []);
}

function demandOwnContents({ contents }: BundleFolder, { chainId, head }: ChainReport): void {
  if (contents === undefined) return;
  const { height, blockHash, treeSize, treeRoot } = contents.head;
  if (contents.chain !== chainId || height !== head.height || blockHash !== head.blockHash || treeSize !== head.treeSize || treeRoot !== head.treeRoot) {
    throw new ChainError('bundle.contents', `bundle.json speaks of block ${height}, ${blockHash}, of the chain ${contents.chain}; the chain beside it is another, or ends elsewhere.`);
  }
}

async function demandNoOtherTile(folder: string, expected: ReadonlySet<string>): Promise<void> {
  const stranger = (await listTiles(folder)).find((path) => !expected.has(path));
  if (stranger !== undefined) throw new ChainError('export.stranger', `The folder holds ${stranger}, which is no tile of this tree. Remove it, or export again.`);
}

function missing(path: string): CliError {
  return new CliError('export.missing', `There is nothing to read at ${path}. Name a folder that \`fedseal export --out DIR\` wrote, or its ${CHAIN_FILE}.`, EXIT.environment);
}
