import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { equalBytes, fromHex } from '@fedseal/chain/bytes';
import { signCheckpoint } from '@fedseal/chain/checkpoint/sign-checkpoint';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { WHOLE_BUNDLE } from '@fedseal/chain/file/bundle-contents';
import type { BundleChoice, BundleContents } from '@fedseal/chain/file/bundle-contents';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import type { ChainReport } from '@fedseal/chain/verify/verify-chain';
import { CodedError } from '../../observability/coded-error.js';
import type { BlobStore } from '../../storage/ports/blob.store.js';
import type { LedgerStore } from '../../storage/ports/ledger.store.js';
import { StoredChain } from '../stored-chain.js';
import { bundleReadme } from './bundle-readme.js';
import { BundleReferences } from './bundle-references.js';
import { ChainFileWriter } from './chain-file-writer.js';
import type { BlobReference } from './referenced-blobs.js';
import { TileWriter } from './tile-writer.js';

/** The stores that hold what a chain proves. */
export interface ChainStorage {
  readonly ledger: LedgerStore;
  readonly blobs: BlobStore;
}

export interface ExportReport {
  readonly dir: string;
  readonly blocks: number;
  readonly leaves: number;
  /** Files below `tile/`. */
  readonly tiles: number;
  readonly blobs: number;
  /** Bytes of all blobs. */
  readonly blobBytes: number;
  /** Updates that are sealed by hash and no longer, or not yet, stored. */
  readonly updatesNotKept: number;
  /** Blobs that are sealed and were not asked for. */
  readonly leftOut: number;
}

/**
 * Writes the whole sealed chain, a signed checkpoint, the tree's tiles, the chosen blobs and a page about them, for a verifier
 * without a database. The chain is verified on the way: what the operator's key signs here is never taken from the database
 * unseen. The folder appears whole or not at all.
 * @param operator signs the checkpoint
 * @throws CodedError `export.not-empty`, `export.blob-missing`, `export.operator-key`, `usage.run`, `blob.corrupt`;
 *   ChainError for the first thing that is wrong with the chain
 */
export async function exportChain(storage: ChainStorage, dir: string, operator: Signer, choice: BundleChoice = WHOLE_BUNDLE): Promise<ExportReport> {
  const target = resolve(dir);
  await demandEmpty(target);
  const stored = await StoredChain.open(storage.ledger);
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(join(dirname(target), `.${basename(target)}.partial-`));
  try {
    const { chain, references, tiles } = await writeChain(stored, draft);
    const unknown = choice.runs?.find((run) => !chain.views.runs.has(run));
    if (unknown !== undefined) throw new CodedError('usage.run', `No sealed run is called "${unknown}"; \`fedseal run list\` names them.`);
    await writeFile(join(draft, 'checkpoint'), checkpointOf(chain, operator), { flag: 'wx' });
    const contents: BundleContents = { fedseal: 'bundle/v1', chain: chain.chainId, head: chain.head, ...choice };
    await writeFile(join(draft, 'bundle.json'), `${JSON.stringify(contents, null, 2)}\n`, { flag: 'wx' });
    await writeFile(join(draft, 'README.txt'), bundleReadme(chain, contents), { flag: 'wx' });
    await mkdir(join(draft, 'blobs'));
    const { wanted, leftOut } = references.chosen(choice, (run) => chain.views.runs.get(run)?.model.sha256);
    const copied = await copyBlobs(storage.blobs, wanted, join(draft, 'blobs'));
    await rename(draft, target);
    return { dir: target, blocks: chain.blocks, leaves: chain.leaves, tiles, ...copied, leftOut };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Verifies the chain and writes it, as one file and as tiles. */
async function writeChain(stored: StoredChain, draft: string): Promise<{ chain: ChainReport; references: BundleReferences; tiles: number }> {
  const references = new BundleReferences();
  const tiles = new TileWriter(nodeCrypto, draft);
  const file = await ChainFileWriter.create(join(draft, 'chain.fsl'), stored.tip.height + 1, stored.tip.treeSize);
  try {
    const sources = { headers: file.headers(stored.headers()), leaves: file.leaves(stored.leaves()) };
    const chain = await verifyChain(sources, nodeCrypto, {
      onLeaf: async (leaf, { hash, bytes }) => {
        references.add(leaf);
        await tiles.append(bytes, hash);
      },
    });
    await file.finish();
    await tiles.finish();
    return { chain, references, tiles: tiles.written };
  } finally {
    await file.close();
  }
}

function checkpointOf({ head, views }: ChainReport, operator: Signer): string {
  if (!equalBytes(operator.publicKey, views.operator!.publicKey)) {
    throw new CodedError('export.operator-key', "The key in this home is not the operator's of the stored federation; an export's checkpoint needs that one. Restore operator.key from its backup.");
  }
  return signCheckpoint({ origin: views.charter!.origin, size: head.treeSize, root: fromHex(head.treeRoot) }, operator, nodeCrypto);
}

async function copyBlobs(blobs: BlobStore, wanted: readonly BlobReference[], folder: string) {
  let count = 0;
  let blobBytes = 0;
  let updatesNotKept = 0;
  for (const { sha256, role, required } of wanted) {
    const stat = await blobs.stat(sha256);
    if (stat === undefined) {
      if (required) {
        throw new CodedError('export.blob-missing', `The ${role} ${sha256} is sealed and not stored; restore it, then export again.`);
      }
      updatesNotKept++;
      continue;
    }
    // The store's stream checks the digest as it reads.
    await pipeline(await blobs.stream(sha256), createWriteStream(join(folder, sha256), { flags: 'wx', flush: true }));
    count++;
    blobBytes += stat.bytes;
  }
  return { blobs: count, blobBytes, updatesNotKept };
}

async function demandEmpty(target: string): Promise<void> {
  const names = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new CodedError('export.not-empty', `${target} holds files already; name a folder that is empty or does not exist yet.`);
}
