import { equalBytes, toHex } from '@fedseal/chain/bytes';
import type { Conflict } from '@fedseal/chain/conflict/conflict';
import { verifyConflict } from '@fedseal/chain/conflict/verify-conflict';
import type { Contradiction } from '@fedseal/chain/contradiction/contradiction';
import { verifyContradiction } from '@fedseal/chain/contradiction/verify-contradiction';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { MerkleTree } from '@fedseal/chain/tree/merkle-tree';
import type { VerifiedHead } from '../home/worker-home.js';
import type { FederationPapers } from './federation-papers.js';

/** A tree that the operator signed. */
export interface SignedTree {
  readonly note: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export function signedTree(papers: FederationPapers, note: string): SignedTree {
  const { size, root } = papers.openCheckpoint(note);
  return { note, size, root };
}

/**
 * Two signed trees of which one is not the beginning of the other, as the file that proves it.
 * @param hashes all leaf hashes of the tree that is shown; undefined where it cannot be had
 * @returns undefined when the trees agree, or nothing that is here shows otherwise
 */
export function buildContradiction(
  papers: FederationPapers, crypto: Crypto, kept: readonly SignedTree[], shown: SignedTree, hashes: readonly Uint8Array[] | undefined,
): Contradiction | undefined {
  const same = kept.find(({ size, root }) => size === shown.size && !equalBytes(root, shown.root));
  if (same) return spell(papers, crypto, same, shown, { kind: 'size' });
  if (hashes?.length !== shown.size) return undefined;
  const tree = new MerkleTree(crypto);
  for (const hash of hashes) tree.append(hash);
  if (!equalBytes(tree.root(), shown.root)) return undefined;
  // The newest one says most about who was there to see it.
  const other = kept.findLast(({ size, root }) => size < shown.size && !equalBytes(root, tree.rootAt(size)));
  if (!other) return undefined;
  return spell(papers, crypto, other, shown, {
    kind: 'prefix', root: toHex(tree.rootAt(other.size)), consistency: tree.consistencyProof(other.size, shown.size).map(toHex),
  });
}

function spell(
  papers: FederationPapers, crypto: Crypto, earlier: SignedTree, later: SignedTree, evidence: Contradiction['evidence'],
): Contradiction {
  const { chain, charter } = papers;
  return papers.spell<Contradiction, unknown>(
    (rotations) => ({ fedseal: 'contradiction/v1', chain, charter, rotations, earlier: earlier.note, later: later.note, evidence }),
    (file) => verifyContradiction(file, crypto),
  ).file;
}

/**
 * What is left to say when the operator's two signatures are not at hand: its signed trees so far, and the header that excludes the
 * kept head.
 * @param headers candidates, 176 bytes each; the first that excludes the kept head is taken
 */
export function buildConflict(
  papers: FederationPapers, crypto: Crypto, kept: VerifiedHead, trees: readonly SignedTree[], headers: readonly Uint8Array[], observed: string,
): Conflict {
  const { chain, charter } = papers;
  const { timestampMs: _, ...head } = kept;
  const file = (header: string | null) => papers.spell<Conflict, unknown>(
    (rotations) => ({ fedseal: 'conflict/v1', chain, charter, rotations, kept: head, checkpoints: trees.map(({ note }) => note), header, observed: observed.slice(0, 2000) }),
    (conflict) => verifyConflict(conflict, crypto),
  ).file;
  for (const header of headers) {
    try {
      return file(toHex(header));
    } catch {
      // This one excludes nothing.
    }
  }
  return file(null);
}
