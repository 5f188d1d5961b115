import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ChainError } from '@fedseal/chain/chain-error';
import { toHex } from '@fedseal/chain/bytes';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import type { ChainReport } from '@fedseal/chain/verify/verify-chain';
import type { FindBlob } from '@fedseal/rounds/audit/blob-source';
import { CodedError } from '../../observability/coded-error.js';
import type { BlobStore } from '../../storage/ports/blob.store.js';
import { StoredChain } from '../stored-chain.js';
import { checkPoolRow } from '../stored-rows.js';
import type { ChainStorage } from './export-chain.js';
import { referencedBlobs } from './referenced-blobs.js';
import type { BlobReference } from './referenced-blobs.js';

/** Whoever wants to see the verified leaves in tree order and may refuse them: it rebuilds what leaves alone cannot show. */
export interface LeafVisitor {
  /** @throws ChainError */
  visit(leaf: ReadLeaf, place: { readonly index: number; readonly hash: string; readonly block: number }): Promise<void>;
}

export interface StoredReport {
  readonly chain: ChainReport;
  /** Leaves that wait to be sealed. */
  readonly waiting: number;
  /** Stored blobs, every digest computed again. */
  readonly blobs: { readonly count: number; readonly bytes: number };
}

/**
 * Checks everything the database holds of the chain: rows against their columns, every rule of every leaf and header,
 * and the digest of every stored blob.
 * @param visitor sees each leaf after its rules passed; its blobs come from `findBlob`
 * @throws ChainError for the first thing that is wrong, with block and leaf as far as they are known; a blob is named by
 *   its digest
 */
export async function verifyStored(storage: ChainStorage, visitor?: LeafVisitor): Promise<StoredReport> {
  const stored = await StoredChain.open(storage.ledger);
  const required = new Map<string, Required>();
  const chain = await verifyChain({ headers: stored.headers(), leaves: stored.leaves() }, nodeCrypto, {
    onLeaf: async (leaf, { index, block, hash }) => {
      for (const reference of referencedBlobs(leaf)) {
        if (reference.required) required.set(reference.sha256, { ...reference, index, block });
      }
      await visitor?.visit(leaf, { index, hash: toHex(hash), block });
    },
  });
  const pool = await storage.ledger.pool();
  for (const entry of pool) checkPoolRow(entry);
  const blobs = await checkBlobs(storage.blobs, required);
  return { chain, waiting: pool.length, blobs };
}

/** Reads blobs for a visitor: a missing one is undefined, one that lost its digest is a refusal. */
export function findBlob(blobs: BlobStore): FindBlob {
  return async (sha256, range) => {
    try {
      return range === undefined ? await blobs.get(sha256) : await buffer(await blobs.stream(sha256, range));
    } catch (error) {
      if (error instanceof CodedError && error.code === 'blob.not-found') return undefined;
      throw error instanceof CodedError && error.code === 'blob.corrupt' ? corrupt(sha256, error) : error;
    }
  };
}

interface Required extends BlobReference {
  readonly index: number;
  readonly block: number;
}

async function checkBlobs(blobs: BlobStore, required: Map<string, Required>): Promise<StoredReport['blobs']> {
  let count = 0;
  let bytes = 0;
  for await (const stat of blobs.list()) {
    const { sha256 } = stat;
    const digest = await digestOf(blobs, sha256);
    if (digest === 'gone') continue;
    if (digest !== sha256) throw corrupt(sha256);
    required.delete(sha256);
    count++;
    bytes += stat.bytes;
  }
  for (const { sha256, role, index, block } of required.values()) {
    throw new ChainError('audit.blob-missing', `The ${role} ${sha256} is sealed and not stored.`, { block, leaf: index });
  }
  return { count, bytes };
}

/** @returns undefined when the store itself refuses the bytes; `gone` for what retention removed since it was listed */
async function digestOf(blobs: BlobStore, sha256: string): Promise<string | undefined> {
  try {
    const source: Readable = await blobs.stream(sha256);
    const hash = createHash('sha256');
    for await (const piece of source) hash.update(piece as Buffer);
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof CodedError && error.code === 'blob.corrupt') return undefined;
    if (error instanceof CodedError && error.code === 'blob.not-found') return 'gone';
    throw error;
  }
}

function corrupt(sha256: string, cause?: unknown): ChainError {
  return new ChainError('audit.blob-digest', `The bytes stored as blob ${sha256} no longer have that digest.`, {}, { cause });
}
