/**
 * The two primitives that verification needs, injected so that the same rules run on `node:crypto`
 * (`native/node-crypto.ts`) and in a browser (`crypto/noble-crypto.ts`).
 */
export interface Crypto {
  /** SHA-256 (FIPS 180-4). @returns 32 bytes, freshly allocated. */
  sha256(bytes: Uint8Array): Uint8Array;
  /**
   * Ed25519 (RFC 8032) under the rule of docs/CHAIN.md: S < L and the cofactorless equation, R compared as bytes.
   * Whether the key itself is acceptable is checked once, at enrolment (`crypto/public-key.ts`).
   * @param publicKey 32 raw bytes @param signature 64 bytes
   */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** Somebody who can sign: an operator, a contributor, an evaluator. The private key stays behind this interface. */
export interface Signer {
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the raw public key, 32 bytes. */
  readonly keyId: Uint8Array;
  /** @returns the 64 bytes of an Ed25519 signature. */
  sign(message: Uint8Array): Uint8Array;
}
