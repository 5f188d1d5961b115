import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { ChainLocation } from '@fedseal/chain/chain-error';
import { blockHash } from '@fedseal/chain/header/block-hash';
import { decodeHeader } from '@fedseal/chain/header/header';
import { decodeLeaf } from '@fedseal/chain/leaf/decode-leaf';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { PoolEntry, StoredBlock, StoredLeaf } from '../storage/ports/ledger.store.js';

/**
 * A row repeats parts of its bytes in columns of their own. Comparing them names the very row somebody edited, where the
 * rules of the chain would only see that something above it no longer fits.
 */

/** @param height the one that is next. @throws ChainError `row.*` */
export function checkBlockRow(row: StoredBlock, height: number): void {
  const at = { block: height };
  demand(row.height === height, 'row.block-missing', `The row of block ${height} is missing; the next one is ${row.height}.`, at);
  const hash = toHex(blockHash(nodeCrypto, row.header));
  demand(row.hash === hash, 'row.block-hash', `The bytes of this header have the hash ${hash}, and the row says ${row.hash}.`, at);
  const header = located(at, () => decodeHeader(row.header));
  demand(header.height === height, 'row.block-height', `The header says height ${header.height}.`, at);
  demand(header.treeSize === row.treeSize, 'row.block-tree-size', `The header says ${header.treeSize} leaves, and the row ${row.treeSize}.`, at);
}

/** @param index the one that is next @param block height of the block that seals it. @throws ChainError `row.*` */
export function checkLeafRow(row: StoredLeaf, index: number, block: number): void {
  const at = { block, leaf: index };
  demand(row.index === index, 'row.leaf-missing', `The row of leaf ${index} is missing; the next one is ${row.index}.`, at);
  checkLeafBytes(row, at);
  demand(row.blockHeight === block, 'row.leaf-block', `Block ${block} seals this leaf, and the row says block ${row.blockHeight}.`, at);
}

/** @throws ChainError `row.*`; a waiting leaf has no place yet, so the sentence names its number in the pool */
export function checkPoolRow(row: PoolEntry): void {
  try {
    checkLeafBytes(row, {});
  } catch (error) {
    throw inPool(row.seq, error);
  }
}

/** The same refusal, naming the waiting leaf. */
export function inPool(seq: bigint, error: unknown): unknown {
  if (!(error instanceof ChainError)) return error;
  return new ChainError(error.rule, `Leaf ${seq} of the pool: ${error.message}`, error.location, { cause: error });
}

function checkLeafBytes(row: { hash: string; kind: number; bytes: Uint8Array }, at: ChainLocation): void {
  const hash = toHex(leafHash(nodeCrypto, row.bytes));
  demand(row.hash === hash, 'row.leaf-hash', `The bytes of this leaf have the hash ${hash}, and the row says ${row.hash}.`, at);
  const { kind } = located(at, () => decodeLeaf(row.bytes));
  demand(row.kind === kind, 'row.leaf-kind', `The leaf is of kind ${kind}, and the row says ${row.kind}.`, at);
}

/** Runs a check and adds the place to whatever it refuses. */
export function located<T>(at: ChainLocation, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof ChainError ? error.at(at) : error;
  }
}

function demand(holds: boolean, rule: string, message: string, at: ChainLocation): void {
  if (!holds) throw new ChainError(rule, message, at);
}
