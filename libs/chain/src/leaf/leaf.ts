/** One signature of a leaf. */
export interface LeafSignature {
  /** SHA-256 of the signer's raw public key, 32 bytes. */
  readonly keyId: Uint8Array;
  /** Ed25519 over DSSE's pre-authentication encoding of the payload, 64 bytes. */
  readonly signature: Uint8Array;
}

/** A leaf's parts, before anything is asked of the payload. */
export interface Leaf {
  /** Wire number of `kinds.ts`. */
  readonly kind: number;
  readonly payload: Uint8Array;
  /** Ascending by keyId, none twice. */
  readonly signatures: readonly LeafSignature[];
}

export const LEAF_VERSION = 1;
/** What fits the two-byte entry lengths of C2SP tlog-tiles. Longer lists are blobs, named by hash. */
export const MAX_LEAF_BYTES = 65_535;
/** version, kind, payload length */
export const LEAF_HEAD_BYTES = 8;
export const SIGNATURE_BYTES = 32 + 64;
