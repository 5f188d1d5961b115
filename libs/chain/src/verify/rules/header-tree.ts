import { equalBytes, toHex } from '../../bytes.js';
import { ChainError } from '../../chain-error.js';
import type { Header } from '../../header/header.js';
import type { CompactRange } from '../../tree/compact-range.js';
import type { PlacedHeader } from '../placed-header.js';
import { demand } from '../rule.js';

/** Genesis seals the charter alone; every later block at least its link. Asked before the leaves are read. */
export function demandTreeSize(header: Header, previous: PlacedHeader | undefined): void {
  if (previous === undefined) {
    if (header.treeSize !== 1) throw new ChainError('header.tree-size', `Genesis seals one leaf, not ${header.treeSize}.`);
    return;
  }
  const least = previous.header.treeSize + 1;
  if (header.treeSize < least) throw new ChainError('header.tree-size', `The tree has at least ${least} leaves here, not ${header.treeSize}.`);
}

/** What a header says of its leaves, once they are read. @param rounds how many `round.close` this block holds */
export function demandTree(header: Header, tree: CompactRange, rounds: number): void {
  const root = tree.root();
  demand(equalBytes(header.treeRoot, root), 'header.tree-root', `The tree of ${tree.size} leaves has the root ${toHex(root)}.`);
  demand(header.rounds === rounds, 'header.rounds', `The block seals ${rounds} round(s), not ${header.rounds}.`);
}
