import { toHex } from '@fedseal/chain/bytes';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import type { Artifact } from '@fedseal/protocol/fields';
import type { ModelSpec } from '@fedseal/protocol/plan';
import { WorkerError } from '../worker-error.js';

/** The tensors as a safetensors file, with both of the hashes it is known by. */
export function packTensors(crypto: Crypto, tensors: readonly Tensor[]): { file: Uint8Array; artifact: Artifact } {
  const file = encodeSafetensors(tensors);
  const sha256 = toHex(crypto.sha256(file));
  return { file, artifact: { sha256, tensorRoot: tensorRootOf(crypto, tensors), bytes: file.length } };
}

/**
 * Opens a model file that was fetched by hash: its bytes, its content and its shapes must all be what was announced.
 * @throws WorkerError `model.digest`, `model.unreadable`, `model.tensor-root`, `model.shape`
 */
export function unpackModel(crypto: Crypto, file: Uint8Array, expected: Artifact, model: ModelSpec): Tensor[] {
  if (file.length !== expected.bytes || toHex(crypto.sha256(file)) !== expected.sha256) {
    throw new WorkerError('model.digest', `The model ${expected.sha256} arrived with other bytes than its name says.`);
  }
  let tensors;
  try {
    tensors = decodeSafetensors(file);
  } catch (cause) {
    throw new WorkerError('model.unreadable', `The model ${expected.sha256} is no safetensors file this version reads.`, { cause });
  }
  if (tensorRootOf(crypto, tensors) !== expected.tensorRoot) {
    throw new WorkerError('model.tensor-root', `The model ${expected.sha256} holds other tensors than the coordinator announced.`);
  }
  checkShapes(tensors, model);
  return tensors;
}

function checkShapes(tensors: readonly Tensor[], model: ModelSpec): void {
  const shapeText = (shape: readonly number[]) => `[${shape.join(', ')}]`;
  const wanted = new Map(tensorSpecs(model).map((spec) => [spec.name, shapeText(spec.shape)]));
  for (const tensor of tensors) {
    const shape = wanted.get(tensor.name);
    if (shape !== shapeText(tensor.shape)) {
      throw new WorkerError('model.shape', `The tensor ${tensor.name} is ${shapeText(tensor.shape)}; the plan's model has ${shape ?? 'no such tensor'}.`);
    }
    wanted.delete(tensor.name);
  }
  const [missing] = wanted.keys();
  if (missing !== undefined) throw new WorkerError('model.shape', `The model lacks the tensor ${missing} of its plan.`);
}

function tensorRootOf(crypto: Crypto, tensors: readonly Tensor[]): string {
  const described = tensors.map(({ name, shape, data }) => ({
    name, dtype: 'F32' as const, shape: [...shape],
    // Little-endian, as safetensors stores it and as every platform this runs on has it in memory.
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  return toHex(tensorRoot(crypto, described));
}
