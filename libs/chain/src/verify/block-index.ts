/** What a later leaf may need to know of a sealed block. Hashes are lower-case hex. */
export interface IndexedBlock {
  readonly hash: string;
  readonly treeSize: number;
  readonly treeRoot: string;
}

/**
 * The blocks that were sealed before a leaf. A verifier, in tree order: the blocks below the one that holds the leaf.
 * A coordinator, when it accepts a leaf: every block so far.
 */
export interface BlockIndex {
  /** Height of the newest block; −1 before genesis. */
  readonly newest: number;
  at(height: number): IndexedBlock | undefined;
}
