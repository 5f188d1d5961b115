import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { aggregateRound } from '@fedseal/model/aggregate/round-aggregate';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { Provenance } from '@fedseal/protocol/rest';
import type { RoundScene } from './round-scene.testing.js';
import { TINY_PLAN } from './round-scene.testing.js';

/**
 * A round's model computed again from nothing but what the coordinator serves: the base, the accepted updates and their
 * examples, folded in the reverse order of the answer. @returns the digest of its file
 */
export async function recomputedModel(scene: RoundScene, record: Provenance): Promise<string> {
  const base = decodeSafetensors(await scene.blob(record.base.sha256));
  const accepted = record.contributions.filter(({ outcome }) => outcome === 'accepted').reverse();
  const updates = await Promise.all(
    accepted.map(async ({ commit, update, examples }) => {
      return { key: commit!.hash, weight: examples, deltas: decodeSafetensors(await scene.blob(update!.sha256)) };
    }),
  );
  const aMax = record.invited * TINY_PLAN.policy.examplesCap;
  const model = await aggregateRound(base, updates, { aMax, bound: 8 }, (total) => total);
  return toHex(nodeCrypto.sha256(encodeSafetensors(model)));
}
