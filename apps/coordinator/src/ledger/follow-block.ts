import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { blockHash } from '@fedseal/chain/header/block-hash';
import { decodeHeader } from '@fedseal/chain/header/header';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { nextDifficulty } from '@fedseal/chain/pow/retarget';
import type { PlacedHeader } from '@fedseal/chain/verify/placed-header';
import { demandPlace } from '@fedseal/chain/verify/rules/header-place';
import { demandTime } from '@fedseal/chain/verify/rules/header-time';
import { demandTree, demandTreeSize } from '@fedseal/chain/verify/rules/header-tree';
import { demandWork } from '@fedseal/chain/verify/rules/header-work';
import { demandLinkPlace } from '@fedseal/chain/verify/rules/link-place';
import type { StoredBlock, StoredLeaf } from '../storage/ports/ledger.store.js';
import type { LedgerState, SealedBlock } from './ledger-state.js';
import { checkBlockRow, checkLeafRow, located } from './stored-rows.js';

/** How many leaves the next block's row says it holds; what it says is checked with the rest. */
export function leafCount(state: LedgerState, row: StoredBlock): number {
  return Math.max(0, row.treeSize - state.tree.size);
}

/**
 * Checks the next stored block by every rule of the chain and takes it into the state. Leaves that wait in the pool
 * passed their rules when they were accepted, so those are not asked again.
 * @param leaves the block's own, in tree order
 * @throws ChainError with its place; the state is then of no further use
 */
export function followBlock(state: LedgerState, row: StoredBlock, leaves: readonly StoredLeaf[]): SealedBlock {
  const height = state.blocks.newest + 1;
  checkBlockRow(row, height);
  const previous = state.isEmpty ? undefined : state.tip;
  const placed = located({ block: height }, () => checkHeader(state, row.header, previous));
  const { treeSize } = placed.header;
  const first = state.tree.size;
  const accepted = new Set(state.pool.map(({ hash }) => toHex(hash)));
  const tree = state.tree.toCompactRange();
  const read = leaves.map((stored, i) => {
    const index = first + i;
    checkLeafRow(stored, index, height);
    return located({ block: height, leaf: index }, () => {
      const leaf = readLeaf(stored.bytes);
      const hash = leafHash(nodeCrypto, stored.bytes);
      demandLinkPlace(leaf, i === 0, previous);
      if (!accepted.has(toHex(hash))) state.apply(leaf, hash, index);
      tree.append(hash);
      return { index, hash, leaf };
    });
  });
  if (tree.size !== treeSize) {
    const at = { block: height, leaf: tree.size };
    throw new ChainError('row.leaf-missing', `The block seals leaves up to ${treeSize - 1}; the row of leaf ${tree.size} is missing.`, at);
  }
  located({ block: height }, () => {
    if (previous === undefined) demandAskedWork(state, placed);
    demandTree(placed.header, tree, read.filter(({ leaf }) => leaf.kind === 'round.close').length);
  });
  const block: SealedBlock = { ...placed, leaves: read, tries: row.tries };
  state.append(block);
  return block;
}

function checkHeader(state: LedgerState, bytes: Uint8Array, previous: PlacedHeader | undefined): PlacedHeader {
  const header = decodeHeader(bytes);
  const placed = { header, bytes, hash: blockHash(nodeCrypto, bytes) };
  demandPlace(header, previous, state.chainId);
  demandTime(header, previous);
  demandTreeSize(header, previous);
  // Genesis itself seals the charter with the start value, so its work is asked for after its leaf.
  if (previous !== undefined) demandAskedWork(state, placed);
  return placed;
}

function demandAskedWork(state: LedgerState, { header, hash }: PlacedHeader): void {
  const { charter } = state.rules.views;
  if (charter === undefined) throw new ChainError('charter.missing', 'The first leaf of a chain is its charter.');
  demandWork(header, hash, nextDifficulty(charter.proofOfWork, state.recentHeaders, header.height));
}
