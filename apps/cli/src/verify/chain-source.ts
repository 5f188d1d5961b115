import type { BundleContents } from '@fedseal/chain/file/bundle-contents';
import type { ChainCallbacks, ChainReport } from '@fedseal/chain/verify/verify-chain';

/** A tree head that the operator signed and that is the chain's own. */
export interface SignedHead {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** Of the operator's key that signed it. */
  readonly keyId: string;
}

/** A chain that holds, and what lay beside it and was checked too. */
export interface VerifiedChain {
  readonly report: ChainReport;
  /** Undefined where there is none. */
  readonly checkpoint: SignedHead | undefined;
  /** Tiles compared with the leaves, byte for byte. */
  readonly tiles: number;
  /** What an exported folder says it was asked to hold. */
  readonly contents: BundleContents | undefined;
}

/** A chain that can be verified, wherever it lies. */
export interface ChainSource {
  readonly kind: 'bundle' | 'chain-file' | 'url';
  /** For sentences: a path or an address. */
  readonly place: string;
  /** @throws ChainError for the first thing that is wrong, CliError when it cannot be read */
  verify(callbacks?: ChainCallbacks): Promise<VerifiedChain>;
  /** A file that the chain names; undefined where it is not at hand. Its digest is for the caller to check. */
  blob(sha256: string): Promise<Uint8Array | undefined>;
}
