import { fromBase64url, toHex } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import type { ReadLeafOf } from '../leaf/read-leaf.js';
import { demand } from '../verify/rule.js';

/**
 * The charter that an evidence file carries: every other key and name in it is judged by this one.
 * @param charter leaf 0, base64url @param chain its leaf hash, hex
 * @throws ChainError `charter.missing`, `leaf.chain`, and as `readLeaf`
 */
export function readCharter({ charter, chain }: { readonly charter: string; readonly chain: string }, crypto: Crypto): ReadLeafOf<'charter'> {
  const bytes = fromBase64url(charter);
  const leaf = readLeaf(bytes);
  demand(leaf.kind === 'charter', 'charter.missing', 'The first leaf of a chain is its charter.');
  demand(toHex(leafHash(crypto, bytes)) === chain, 'leaf.chain', 'The charter is that of another chain.');
  return leaf;
}
