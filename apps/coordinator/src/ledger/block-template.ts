import type { Header } from '@fedseal/chain/header/header';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { encodeLink } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { nextDifficulty } from '@fedseal/chain/pow/retarget';
import type { LedgerState } from './ledger-state.js';
import type { PoolLeaf } from './pool-leaf.js';

/** The next block with everything fixed but its times and its nonce. */
export interface BlockTemplate {
  readonly header: Header;
  /** The leaf that leads the block: the header below. */
  readonly link: { readonly bytes: Uint8Array; readonly hash: Uint8Array };
  /** What follows it, in order. */
  readonly leaves: readonly PoolLeaf[];
}

/** Link first, then the whole pool in sequence order; the searched header commits to the tree that results. */
export function blockTemplate(state: LedgerState): BlockTemplate {
  const tip = state.tip;
  const bytes = encodeLink(tip.bytes);
  const link = { bytes, hash: leafHash(nodeCrypto, bytes) };
  const leaves = [...state.pool];
  const tree = state.tree.toCompactRange();
  tree.append(link.hash);
  for (const { hash } of leaves) tree.append(hash);
  const height = tip.header.height + 1;
  const header: Header = {
    height,
    chainId: state.chainId,
    previousHash: tip.hash,
    treeSize: tree.size,
    treeRoot: tree.root(),
    rounds: leaves.filter(({ leaf }) => leaf.kind === 'round.close').length,
    // The earliest allowed; the search begins at the later of it and now.
    sealStartMs: tip.header.timestampMs,
    timestampMs: tip.header.timestampMs,
    ...nextDifficulty(state.charter.proofOfWork, state.recentHeaders, height),
    extraNonce: new Uint8Array(16),
    nonce: 0n,
  };
  return { header, link, leaves };
}
