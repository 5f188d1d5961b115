import { fromHex, toBase64url, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { encodeLink } from '@fedseal/chain/leaf/sign-leaf';
import { encodeOmission, packLeafHashes, type Omission } from '@fedseal/chain/omission/omission';
import { verifyOmission, type OmissionReport } from '@fedseal/chain/omission/verify-omission';
import type { SignedPromise } from '@fedseal/chain/promise/promise';
import type { SignedTree } from './contradiction-evidence.js';
import type { FederationPapers } from './federation-papers.js';

/**
 * That a promise was broken, as the file that proves it.
 * @param tree a tree that the operator signed, and all its leaf hashes
 * @param header the block by which the leaf had to be sealed, 176 bytes; its link stands in the tree
 * @returns undefined when the promise was kept, may still be, or what is here does not prove otherwise
 */
export function buildOmission(
  papers: FederationPapers, crypto: Crypto, promise: SignedPromise, tree: SignedTree, hashes: readonly Uint8Array[], header: Uint8Array,
): { readonly bytes: Uint8Array; readonly report: OmissionReport } | undefined {
  const { chain, charter } = papers;
  const [link, leafHashes] = [toBase64url(encodeLink(header)), packLeafHashes(hashes)];
  try {
    const { file, report } = papers.spell<Omission, OmissionReport>(
      (rotations) => ({ fedseal: 'omission/v1', chain, charter, rotations, promise, checkpoint: tree.note, link, leafHashes }),
      (omission) => verifyOmission(omission, crypto),
    );
    return { bytes: encodeOmission(file), report };
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}

/** @returns the place of a leaf hash among `hashes`, which begin at index `from` */
export function placeOf(leafHash: string, hashes: readonly Uint8Array[], from: number): number | undefined {
  const [first] = fromHex(leafHash);
  const at = hashes.findIndex((hash) => hash[0] === first && toHex(hash) === leafHash);
  return at < 0 ? undefined : from + at;
}
