import { compareBytes } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { LEAF_HEAD_BYTES, LEAF_VERSION, MAX_LEAF_BYTES, SIGNATURE_BYTES } from './leaf.js';
import type { Leaf } from './leaf.js';

/**
 * `u16 version ‖ u16 kind ‖ u32 length ‖ payload ‖ u8 n ‖ n × (keyId ‖ signature)`; sorts the signatures by keyId.
 * @throws ChainError `leaf.signatures` (two of one key, more than 255, wrong lengths), `leaf.size`
 */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  const signatures = leaf.signatures.toSorted((a, b) => compareBytes(a.keyId, b.keyId));
  if (signatures.length > 255) throw new ChainError('leaf.signatures', 'A leaf carries at most 255 signatures.');
  const size = LEAF_HEAD_BYTES + leaf.payload.length + 1 + signatures.length * SIGNATURE_BYTES;
  if (size > MAX_LEAF_BYTES) {
    throw new ChainError('leaf.size', `A leaf is at most ${MAX_LEAF_BYTES} bytes, not ${size}; put long lists into a blob.`);
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, LEAF_VERSION);
  view.setUint16(2, leaf.kind);
  view.setUint32(4, leaf.payload.length);
  bytes.set(leaf.payload, LEAF_HEAD_BYTES);
  let offset = LEAF_HEAD_BYTES + leaf.payload.length;
  view.setUint8(offset++, signatures.length);
  for (const [i, { keyId, signature }] of signatures.entries()) {
    if (keyId.length !== 32 || signature.length !== 64) {
      throw new ChainError('leaf.signatures', 'A signature is a 32-byte keyId and 64 bytes.');
    }
    const before = signatures[i - 1];
    if (before && compareBytes(before.keyId, keyId) === 0) {
      throw new ChainError('leaf.signatures', 'One key signs a leaf once.');
    }
    bytes.set(keyId, offset);
    bytes.set(signature, offset + 32);
    offset += SIGNATURE_BYTES;
  }
  return bytes;
}
