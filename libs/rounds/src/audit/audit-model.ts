import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { validateUpdate, type UpdateTensor } from '@fedseal/model/aggregate/validate-update';
import { decodeSafetensors, type StoredTensor } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Tensor, TensorShape } from '@fedseal/model/tensors';

/** RFC 6962 root over float32 tensors as they lie in a safetensors file. */
export function rootOfTensors(crypto: Crypto, tensors: readonly Tensor[]): string {
  const rooted = tensors.map(({ name, shape, data }) => ({
    name,
    dtype: 'F32' as const,
    shape,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  return toHex(tensorRoot(crypto, rooted));
}

export interface Rebuilt {
  /** The file that has the sealed digest. */
  readonly stored: Uint8Array;
  readonly sealed: Artifact;
  /** Says which rule is broken. */
  readonly rule: string;
  readonly what: string;
}

/** Checks that rebuilt tensors have the very bytes that were sealed. @throws ChainError `<rule>`, `<rule>-root`, `audit.file` */
export function checkRebuilt(crypto: Crypto, tensors: readonly Tensor[], { stored, sealed, rule, what }: Rebuilt): void {
  const file = encodeSafetensors(tensors);
  const digest = toHex(crypto.sha256(file));
  if (digest !== sealed.sha256) {
    throw new ChainError(rule, `${what} was rebuilt as ${digest}, but ${sealed.sha256} is sealed: the sealed model is not what its inputs give.`);
  }
  if (rootOfTensors(crypto, tensors) !== sealed.tensorRoot) {
    throw new ChainError(`${rule}-root`, `${what} has the sealed file hash but another tensor root.`);
  }
  if (stored.length !== sealed.bytes) {
    throw new ChainError('audit.file', `${what}, file ${sealed.sha256}, has ${stored.length} bytes, but ${sealed.bytes} are sealed.`);
  }
}

/** Decodes a model or an update whose tensor root is sealed beside its file hash. @throws ChainError `audit.file` */
export function readArtifact(crypto: Crypto, bytes: Uint8Array, sealed: Artifact, what: string): StoredTensor[] {
  let tensors: StoredTensor[];
  try {
    tensors = decodeSafetensors(bytes);
  } catch (cause) {
    throw new ChainError('audit.file', `${what}, file ${sealed.sha256}, is not a readable safetensors file.`, {}, { cause });
  }
  if (bytes.length !== sealed.bytes || rootOfTensors(crypto, tensors) !== sealed.tensorRoot) {
    throw new ChainError('audit.file', `${what}, file ${sealed.sha256}, does not have the sealed length and tensor root.`);
  }
  return tensors;
}

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** Why these are not finite float32 tensors of the names and shapes that they should have; undefined when they are. */
export function faultOfModel(shapes: readonly TensorShape[], tensors: readonly UpdateTensor[]): string | undefined {
  const verdict = validateUpdate(shapes, tensors, LARGEST_FLOAT32);
  return verdict === 'ok' ? undefined : verdict;
}
