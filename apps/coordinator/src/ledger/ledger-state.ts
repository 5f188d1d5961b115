import { fromHex, toHex } from '@fedseal/chain/bytes';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import type { Header } from '@fedseal/chain/header/header';
import type { SeenHead } from '@fedseal/chain/leaf/payload-fields';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { MerkleTree } from '@fedseal/chain/tree/merkle-tree';
import { BlockList } from '@fedseal/chain/verify/block-list';
import { LeafRules } from '@fedseal/chain/verify/leaf-rules';
import type { PlacedHeader } from '@fedseal/chain/verify/placed-header';
import { KeyLeaves } from './key-leaves.js';
import type { PoolLeaf } from './pool-leaf.js';

/** A sealed block as this process announces it. */
export interface SealedBlock extends PlacedHeader {
  /** Its own leaves in tree order, the link first. */
  readonly leaves: readonly { readonly index: number; readonly hash: Uint8Array; readonly leaf: ReadLeaf }[];
  /** As counted by whoever found it; not sealed. */
  readonly tries: bigint;
}

export interface StateMark {
  readonly rules: number;
  readonly pool: number;
  readonly lastSeq: bigint;
}

/**
 * The chain in memory: rules after every accepted leaf, tree and blocks as far as sealed, and the pool between the two.
 * Whoever changes it does so alone (`chain-writer.ts`).
 */
export class LedgerState {
  readonly rules = new LeafRules(nodeCrypto);
  /** Sealed leaves only. */
  readonly tree = new MerkleTree(nodeCrypto);
  readonly blocks = new BlockList();
  /** Of sealed leaves only. */
  readonly keyLeaves = new KeyLeaves();
  private headers: Header[] = [];
  private newest: PlacedHeader | undefined;
  private waiting: PoolLeaf[] = [];
  private sequence = -1n;
  private readonly roles = { contributor: new Set<string>(), evaluator: new Set<string>() };
  private chainHash: Uint8Array = new Uint8Array(32);
  private chart: Payload<'charter'> | undefined;

  get isEmpty(): boolean {
    return this.newest === undefined;
  }

  /** 32 bytes: the charter's leaf hash. */
  get chainId(): Uint8Array {
    return this.chainHash;
  }

  /** @throws Error before genesis */
  get charter(): Payload<'charter'> {
    if (this.chart === undefined) throw new Error('There is no charter before genesis.');
    return this.chart;
  }

  /** The newest block. @throws Error before genesis */
  get tip(): PlacedHeader {
    if (this.newest === undefined) throw new Error('There is no block before genesis.');
    return this.newest;
  }

  get head(): SeenHead {
    const { header, hash } = this.tip;
    return { height: header.height, blockHash: toHex(hash), treeSize: header.treeSize, treeRoot: toHex(header.treeRoot) };
  }

  /** The newest headers, lowest first: as many as the retarget looks back on. */
  get recentHeaders(): readonly Header[] {
    return this.headers;
  }

  /** Whether some run's last attempt at a round may still accept updates, after every accepted leaf. */
  get hasOpenRound(): boolean {
    for (const run of this.rules.views.runs.values()) if (run.open) return true;
    return false;
  }

  /** Accepted and not sealed, in sequence order. */
  get pool(): readonly PoolLeaf[] {
    return this.waiting;
  }

  /** The last sequence number this state knows of; −1 before the first. */
  get lastSeq(): bigint {
    return this.sequence;
  }

  /** Leaves of the tree at a height; 0 below genesis. */
  treeSizeAt(height: number): number {
    return this.blocks.at(height)?.treeSize ?? 0;
  }

  /** keyIds enrolled and not revoked in the sealed tree. */
  contributors(role: 'contributor' | 'evaluator'): ReadonlySet<string> {
    return this.roles[role];
  }

  mark(): StateMark {
    return { rules: this.rules.mark(), pool: this.waiting.length, lastSeq: this.sequence };
  }

  /** Takes back every accepted leaf since `mark`; nothing was sealed since. */
  rollback(mark: StateMark): void {
    this.rules.rollback(mark.rules);
    this.waiting.length = mark.pool;
    this.sequence = mark.lastSeq;
  }

  /** Applies the rules to a leaf. @param index its place in the tree, where known. @throws ChainError; nothing changed then */
  apply(leaf: ReadLeaf, hash: Uint8Array, index?: number): void {
    this.rules.apply(leaf, hash, { blocks: this.blocks, ...(index === undefined ? {} : { index }) });
  }

  /** Adds an applied leaf to the pool. */
  enqueue(entry: PoolLeaf): void {
    this.waiting.push(entry);
    this.sequence = entry.seq;
  }

  /** Takes a block whose header was checked and whose leaves' rules were applied; they leave the pool. */
  append(block: SealedBlock): void {
    const first = block.leaves[0];
    if (this.isEmpty && first !== undefined && first.leaf.kind === 'charter') {
      this.chart = first.leaf.payload;
      this.chainHash = first.hash;
    }
    const gone = new Set<string>();
    for (const { hash, leaf, index } of block.leaves) {
      this.tree.append(hash);
      this.keyLeaves.append(leaf, index);
      gone.add(toHex(hash));
      this.enrol(leaf);
    }
    this.waiting = this.waiting.filter(({ hash }) => !gone.has(toHex(hash)));
    const { header, hash, bytes } = block;
    this.blocks.append(block);
    this.headers.push(header);
    if (this.headers.length > this.charter.proofOfWork.window) this.headers.shift();
    this.newest = { header, bytes, hash };
  }

  private enrol(leaf: ReadLeaf): void {
    if (leaf.kind === 'contributor.enrol') {
      this.roles[leaf.payload.role].add(keyIdOfHex(leaf.payload.key));
    } else if (leaf.kind === 'contributor.rotate') {
      const role = this.roles.evaluator.delete(leaf.payload.contributor) ? 'evaluator' : 'contributor';
      this.roles.contributor.delete(leaf.payload.contributor);
      this.roles[role].add(keyIdOfHex(leaf.payload.key));
    } else if (leaf.kind === 'contributor.revoke') {
      this.roles.contributor.delete(leaf.payload.contributor);
      this.roles.evaluator.delete(leaf.payload.contributor);
    }
  }
}

function keyIdOfHex(publicKey: string): string {
  return toHex(keyIdOf(nodeCrypto, fromHex(publicKey)));
}
