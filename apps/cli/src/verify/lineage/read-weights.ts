import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { decodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { z } from 'zod';

const weightList = z.array(z.strictObject({ commit: z.string(), weight: z.int().min(0) }));

/** By the leaf hash of the commit. */
export type Weights = ReadonlyMap<string, number>;

/**
 * The file of a round's weights, believed only as far as its sealed digest. @returns undefined where it is not at hand
 * @throws ChainError `audit.blob-digest`, `audit.weights`
 */
export async function readWeights(sha256: string, blob: (sha256: string) => Promise<Uint8Array | undefined>): Promise<Weights | undefined> {
  const bytes = await blob(sha256);
  if (bytes === undefined) return undefined;
  if (toHex(nodeCrypto.sha256(bytes)) !== sha256) {
    throw new ChainError('audit.blob-digest', `What is kept as the weights ${sha256} does not have that digest: its bytes were changed.`);
  }
  const parsed = weightList.safeParse(decodeCanonicalJson(bytes));
  if (!parsed.success) throw new ChainError('audit.weights', `The weights ${sha256} are not a list of commits and weights.`);
  return new Map(parsed.data.map(({ commit, weight }) => [commit, weight]));
}
