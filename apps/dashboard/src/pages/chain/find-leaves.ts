import { toHex } from '@fedseal/chain/bytes';
import { nobleCrypto } from '@fedseal/chain/crypto/noble-crypto';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { servedLeaves } from '../../verify/served-chain.js';

export interface FoundLeaf {
  readonly index: number;
  readonly kind: string;
  /** The leaf has this hash itself, or names it. */
  readonly how: 'is' | 'names';
}

const MOST_FOUND = 100;

/** Every leaf that a hash names or that names the hash: of a file, a plan, a key, a block, a tree. @param hash 64 hex digits */
export async function findLeaves(hash: string, size: number): Promise<FoundLeaf[]> {
  const found: FoundLeaf[] = [];
  let index = 0;
  for await (const bytes of servedLeaves(size)) {
    const how = toHex(leafHash(nobleCrypto, bytes)) === hash ? 'is' : names(bytes, hash) ? 'names' : undefined;
    if (how !== undefined) found.push({ index, kind: readLeaf(bytes).kind, how });
    if (found.length === MOST_FOUND) break;
    index++;
  }
  return found;
}

const text = new TextDecoder();

function names(bytes: Uint8Array, hash: string): boolean {
  // Payloads are JSON with hex inside, but a link's is a binary header.
  return text.decode(bytes).includes(hash) || (bytes[3] === 2 && toHex(bytes).includes(hash));
}
