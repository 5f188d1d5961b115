/** Hashes are raw bytes in the tables that hold many and lower-case hex everywhere else. */

export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Whether a string from outside can be a digest; anything else names nothing. */
export function isDigest(hex: string): boolean {
  return DIGEST.test(hex);
}
