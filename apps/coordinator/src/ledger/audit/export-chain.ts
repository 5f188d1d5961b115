import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { encodeChainFileFront, encodeLeafLength } from '@fedseal/chain/file/chain-file';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { CodedError } from '../../observability/coded-error.js';
import type { BlobStore } from '../../storage/ports/blob.store.js';
import type { LedgerStore } from '../../storage/ports/ledger.store.js';
import { StoredChain } from '../stored-chain.js';
import { referencedBlobs } from './referenced-blobs.js';
import type { BlobReference } from './referenced-blobs.js';

/** The stores that hold what a chain proves. */
export interface ChainStorage {
  readonly ledger: LedgerStore;
  readonly blobs: BlobStore;
}

export interface ExportReport {
  readonly dir: string;
  readonly blocks: number;
  readonly leaves: number;
  readonly blobs: number;
  /** Bytes of all blobs. */
  readonly blobBytes: number;
  /** Updates that are sealed by hash and no longer, or not yet, stored. */
  readonly updatesNotKept: number;
}

/** Writes are gathered to this size: a leaf is often smaller than a disk block. */
const WRITE_BYTES = 1_048_576;

/**
 * Writes `chain.fsl` and `blobs/<sha256>` for a verifier without a database. The folder appears whole or not at all.
 * @throws CodedError `export.not-empty`, `export.blob-missing`, `blob.corrupt`; ChainError `row.*`, `chain.empty`
 */
export async function exportChain(storage: ChainStorage, dir: string): Promise<ExportReport> {
  const target = resolve(dir);
  await demandEmpty(target);
  const chain = await StoredChain.open(storage.ledger);
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(join(dirname(target), `.${basename(target)}.partial-`));
  try {
    const references = await writeChainFile(chain, join(draft, 'chain.fsl'));
    await mkdir(join(draft, 'blobs'));
    const copied = await copyBlobs(storage.blobs, references, join(draft, 'blobs'));
    await rename(draft, target);
    return { dir: target, blocks: chain.tip.height + 1, leaves: chain.tip.treeSize, ...copied };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** @returns the blobs that its leaves name, each once */
async function writeChainFile(chain: StoredChain, path: string): Promise<Map<string, BlobReference>> {
  const file = await open(path, 'wx');
  try {
    const writer = new GatheringWriter(file);
    await writer.write(encodeChainFileFront(chain.tip.height + 1, chain.tip.treeSize));
    for await (const header of chain.headers()) await writer.write(header);
    const references = new Map<string, BlobReference>();
    for await (const leaf of chain.leaves()) {
      await writer.write(encodeLeafLength(leaf.length));
      await writer.write(leaf);
      for (const reference of referencedBlobs(readLeaf(leaf))) {
        if (reference.required || !references.has(reference.sha256)) references.set(reference.sha256, reference);
      }
    }
    await writer.flush();
    await file.sync();
    return references;
  } finally {
    await file.close();
  }
}

async function copyBlobs(blobs: BlobStore, references: ReadonlyMap<string, BlobReference>, folder: string) {
  let count = 0;
  let blobBytes = 0;
  let updatesNotKept = 0;
  for (const { sha256, role, required } of references.values()) {
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

/** Copies what it is given: rows of one batch share their memory. */
class GatheringWriter {
  private parts: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly file: FileHandle) {}

  async write(part: Uint8Array): Promise<void> {
    this.parts.push(Buffer.from(part));
    this.bytes += part.length;
    if (this.bytes >= WRITE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const gathered = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    await this.file.writeFile(gathered);
  }
}
