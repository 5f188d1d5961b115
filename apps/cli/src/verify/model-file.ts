import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { ModelError } from '@fedseal/model/model-error';
import { decodeSafetensors, type StoredTensor } from '@fedseal/model/safetensors/decode-safetensors';
import { rootOfTensors } from '@fedseal/rounds/audit/audit-model';

/** The two names of a model: that of its file, and that of its tensors whatever file holds them. */
export interface ModelIdentity {
  readonly path: string;
  readonly bytes: number;
  /** Hex, of the file. */
  readonly sha256: string;
  /** Hex; undefined where the tensors cannot be named. */
  readonly tensorRoot: string | undefined;
  /** Why they cannot. */
  readonly unnamed: string | undefined;
}

/** Names a safetensors file by its bytes and, where it holds float32 tensors, by its content. */
export function identifyModel(path: string, bytes: Uint8Array): ModelIdentity {
  const file = { path, bytes: bytes.length, sha256: toHex(nodeCrypto.sha256(bytes)) };
  let tensors: StoredTensor[];
  try {
    tensors = decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { ...file, tensorRoot: undefined, unnamed: `it is not a well-formed safetensors file: ${error.message}` };
  }
  const other = tensors.find(({ dtype }) => dtype !== 'F32');
  if (other !== undefined) {
    // Widened values have other bytes than the sealed ones.
    return { ...file, tensorRoot: undefined, unnamed: `${JSON.stringify(other.name)} holds ${other.dtype}, and federations seal float32 tensors` };
  }
  return { ...file, tensorRoot: rootOfTensors(nodeCrypto, tensors), unnamed: undefined };
}
