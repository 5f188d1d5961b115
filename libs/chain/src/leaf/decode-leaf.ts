import { compareBytes } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { LEAF_HEAD_BYTES, LEAF_VERSION, MAX_LEAF_BYTES, SIGNATURE_BYTES } from './leaf.js';
import type { Leaf, LeafSignature } from './leaf.js';

/**
 * The parts of a leaf, as copies. Exactly one byte string has these parts: `encodeLeaf` gives `bytes` again.
 * @throws ChainError `leaf.size`, `leaf.version`, `leaf.length`, `leaf.signatures`
 */
export function decodeLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > MAX_LEAF_BYTES || bytes.length < LEAF_HEAD_BYTES + 1) {
    throw new ChainError('leaf.size', `A leaf is ${LEAF_HEAD_BYTES + 1} to ${MAX_LEAF_BYTES} bytes, not ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint16(0);
  if (version !== LEAF_VERSION) {
    throw new ChainError('leaf.version', `This verifier reads leaf version ${LEAF_VERSION}, not ${version}; use a newer one.`);
  }
  const kind = view.getUint16(2);
  const length = view.getUint32(4);
  const end = LEAF_HEAD_BYTES + length;
  if (end >= bytes.length) {
    throw new ChainError('leaf.length', `The payload's length (${length}) passes the end of the leaf.`);
  }
  const count = view.getUint8(end);
  if (bytes.length !== end + 1 + count * SIGNATURE_BYTES) {
    throw new ChainError('leaf.length', `The leaf's ${bytes.length} bytes are not what its lengths say.`);
  }
  const signatures: LeafSignature[] = [];
  for (let offset = end + 1; offset < bytes.length; offset += SIGNATURE_BYTES) {
    const keyId = bytes.slice(offset, offset + 32);
    const before = signatures.at(-1);
    if (before && compareBytes(before.keyId, keyId) >= 0) {
      throw new ChainError('leaf.signatures', 'Signatures must ascend by keyId, none twice.');
    }
    signatures.push({ keyId, signature: bytes.slice(offset + 32, offset + SIGNATURE_BYTES) });
  }
  return { kind, payload: bytes.slice(LEAF_HEAD_BYTES, end), signatures };
}
