import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { ModelError } from '@fedseal/model/model-error';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import type { Tensor } from '@fedseal/model/tensors';
import type { ModelSpec } from '@fedseal/protocol/plan';
import { CliError } from '../cli-error.js';

/** A model's own bytes, the layers it belongs to, and where it comes from. */
export interface FoundModel {
  readonly spec: ModelSpec;
  /** As it is sealed. */
  readonly file: Uint8Array;
  /** What an export carries: strings under `fedseal.*`. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** Names of a model by its bytes and by its content. */
export interface ModelNames {
  readonly sha256: string;
  readonly tensorRoot: string;
}

/** @throws CliError `model.unreadable` */
export function readTensors(file: Uint8Array, place: string): Tensor[] {
  try {
    return decodeSafetensors(file);
  } catch (cause) {
    if (cause instanceof ModelError) throw new CliError('model.unreadable', `${place} is no safetensors file that is read here: ${cause.message}`, 1, { cause });
    throw cause;
  }
}

export function namesOf(file: Uint8Array, tensors: readonly Tensor[]): ModelNames {
  const described = tensors.map(({ name, shape, data }) => ({
    name, dtype: 'F32' as const, shape: [...shape], data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  return { sha256: toHex(nodeCrypto.sha256(file)), tensorRoot: toHex(tensorRoot(nodeCrypto, described)) };
}

/** A file that was fetched by its name has to bear it. @throws CliError `model.digest` */
export function demandName(file: Uint8Array, sha256: string, place: string): void {
  if (toHex(nodeCrypto.sha256(file)) !== sha256) {
    throw new CliError('model.digest', `${place} gave other bytes for the model ${sha256} than its name says: they were changed.`);
  }
}
