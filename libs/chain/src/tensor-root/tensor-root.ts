import { compareBytes, toHex, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import { encodeCanonicalJson } from '../json/canonical-json.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { rootOf } from '../tree/root-of.js';

/** A tensor as its bytes lie in a safetensors file. */
export interface RootedTensor {
  readonly name: string;
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  /** Row-major, little-endian, four bytes an element. */
  readonly data: Uint8Array;
}

/**
 * Names a set of tensors whatever file holds them: the RFC 6962 root over the tensors sorted by name (bytewise, UTF-8), each
 * entry the canonical JSON of `{name, dtype, shape, sha256}` with the hex SHA-256 of the data.
 * @throws ChainError `tensor-root.name` (twice), `tensor-root.shape` (not what the data's length says)
 */
export function tensorRoot(crypto: Crypto, tensors: readonly RootedTensor[]): Uint8Array {
  const sorted = tensors
    .map((tensor) => ({ tensor, name: utf8(tensor.name) }))
    .sort((a, b) => compareBytes(a.name, b.name));
  const hashes = sorted.map(({ tensor: { name, dtype, shape, data } }, i) => {
    if (name === sorted[i - 1]?.tensor.name) throw new ChainError('tensor-root.name', `The tensor "${name}" comes twice.`);
    const elements = shape.reduce((product, length) => product * length, 1);
    if (data.length !== 4 * elements) {
      throw new ChainError('tensor-root.shape', `"${name}" of shape [${shape.join(', ')}] holds ${4 * elements} bytes, not ${data.length}.`);
    }
    const sha256 = toHex(crypto.sha256(data));
    return leafHash(crypto, encodeCanonicalJson({ name, dtype, shape, sha256 }));
  });
  return rootOf(crypto, hashes);
}
