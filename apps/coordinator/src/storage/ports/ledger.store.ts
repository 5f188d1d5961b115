import type { Tx } from './transaction.js';

export interface PoolEntry {
  /** Order of acceptance; gaps are possible, ties are not. */
  readonly seq: bigint;
  readonly hash: string;
  readonly kind: number;
  readonly bytes: Uint8Array;
}

export interface NewPoolLeaf {
  readonly hash: string;
  readonly kind: number;
  readonly bytes: Uint8Array;
  /** `${kind}:${payloadHash}:${keyId}` for every signature: one submission is accepted once, however it is re-signed. */
  readonly dedupeKeys: readonly string[];
}

export interface StoredBlock {
  readonly height: number;
  /** 176 bytes. */
  readonly header: Uint8Array;
  readonly hash: string;
  readonly treeSize: number;
  /** Tries the search took, for display; not part of the header. */
  readonly tries: bigint;
}

export interface StoredLeaf {
  readonly index: number;
  readonly hash: string;
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly blockHeight: number;
}

/** Blocks and sealed leaves are append-only (enforced by triggers); the pool holds what is accepted and not yet sealed. */
export abstract class LedgerStore {
  /** @returns the sequence number, or `duplicate` when any dedupe key was accepted before (sealed or not). */
  abstract appendToPool(tx: Tx, leaf: NewPoolLeaf): Promise<bigint | 'duplicate'>;
  /** The same for many at once, all or none. @returns their sequence numbers, ascending in the order given */
  abstract appendAllToPool(tx: Tx, leaves: readonly NewPoolLeaf[]): Promise<bigint[] | 'duplicate'>;
  /** The pool in sequence order; with `afterSeq`, only what was accepted after that number. */
  abstract pool(afterSeq?: bigint): Promise<PoolEntry[]>;
  /** Appends the block and its leaves and removes `sealedSeqs` from the pool. */
  abstract appendBlock(
    tx: Tx,
    block: StoredBlock,
    leaves: readonly Omit<StoredLeaf, 'blockHeight'>[],
    sealedSeqs: readonly bigint[],
  ): Promise<void>;
  abstract tip(): Promise<StoredBlock | undefined>;
  abstract block(heightOrHash: number | string): Promise<StoredBlock | undefined>;
  /** Descending from `below` (exclusive; default: the tip included). */
  abstract blocks(page: { below?: number; limit: number }): Promise<StoredBlock[]>;
  /** Ascending, in bounded memory. */
  abstract streamBlocks(): AsyncIterable<StoredBlock>;
  /** Ascending from `from` (inclusive) to `to` (exclusive), in bounded memory. */
  abstract streamLeaves(from: number, to: number): AsyncIterable<StoredLeaf>;
  /** Leaf hashes (hex) of [from, to), ascending. */
  abstract leafHashes(from: number, to: number): Promise<string[]>;
  abstract leaf(index: number): Promise<StoredLeaf | undefined>;
  abstract leafByHash(hash: string): Promise<StoredLeaf | undefined>;
  /** Takes the advisory lock of the chain's one writer for the rest of this transaction. */
  abstract lockWriter(tx: Tx): Promise<void>;
}
