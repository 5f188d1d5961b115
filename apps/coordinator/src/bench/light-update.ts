import { toHex, utf8 } from '@fedseal/chain/bytes';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { elementCount, type Tensor } from '@fedseal/model/tensors';
import type { Artifact } from '@fedseal/protocol/fields';
import type { RoundInvite } from '@fedseal/protocol/worker-messages';
import { tensorBytes } from '../rounds/tensor-bytes.js';

/** A step of Knuth's multiplicative hash: 2^32 divided by the golden ratio. */
const GOLDEN = 0x9e37_79b1;
/** Largest |Δ| of a light update. */
const LIGHT_DELTA = 2 ** -7;

/** Where an update belongs. */
export type UpdatePlace = Pick<RoundInvite, 'run' | 'round' | 'attempt'>;

/** A file with both of the hashes it is known by. */
export interface PackedUpdate {
  readonly file: Uint8Array;
  readonly artifact: Artifact;
}

/**
 * Deltas without any training: small, different for each contributor, round and element, and the same wherever they are
 * computed again.
 */
export function lightDeltas({ model, run, round }: Pick<RoundInvite, 'model' | 'run' | 'round'>, contributor: string): Tensor[] {
  const digest = nodeCrypto.sha256(utf8(`${contributor}/${run}/${round}`));
  const salt = new DataView(digest.buffer, digest.byteOffset).getUint32(0);
  let at = 0;
  return tensorSpecs(model).map(({ name, shape }) => {
    const data = new Float32Array(elementCount(shape));
    for (let i = 0; i < data.length; i++) data[i] = (((Math.imul(at++, GOLDEN) ^ salt) >> 0) / 2 ** 31) * LIGHT_DELTA;
    return { name, shape, data };
  });
}

export function packUpdate(tensors: readonly Tensor[]): PackedUpdate {
  const file = encodeSafetensors(tensors);
  return {
    file,
    artifact: {
      sha256: toHex(nodeCrypto.sha256(file)),
      tensorRoot: toHex(tensorRoot(nodeCrypto, tensorBytes(tensors))),
      bytes: file.length,
    },
  };
}

/** What a contributor signs about its update. `seen` is the head of the invitation, which a light worker believes. */
export function commitPayload(
  invite: RoundInvite,
  { chain, contributor, update, examples }: { chain: string; contributor: string; update: Artifact; examples: number },
): Payload<'update.commit'> {
  const { run, round, attempt, base, head } = invite;
  return { chain, run, round, attempt, contributor, base: base.sha256, update, examples, metrics: { loss: '0.5' }, seen: head };
}
