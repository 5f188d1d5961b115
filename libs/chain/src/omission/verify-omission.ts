import { equalBytes, fromBase64url, fromHex, toHex } from '../bytes.js';
import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import type { Crypto } from '../crypto/crypto.js';
import { OperatorKeys } from '../evidence/operator-keys.js';
import { parseFile } from '../evidence/parse-file.js';
import { partOf } from '../evidence/part-of.js';
import { readCharter } from '../evidence/read-charter.js';
import { decodeHeader } from '../header/header.js';
import type { Header } from '../header/header.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import type { SealPromise } from '../promise/promise.js';
import { verifyPromise } from '../promise/promise.js';
import { rootOf } from '../tree/root-of.js';
import { demand } from '../verify/rule.js';
import { omissionSchema, unpackLeafHashes } from './omission.js';

/** What an omission proves. Hashes are hex. */
export interface OmissionReport {
  readonly chainId: string;
  readonly name: string;
  readonly origin: string;
  readonly promise: SealPromise;
  /** Which of its two terms the block passed first: it is of the promised height, or was found after the promised time. */
  readonly term: 'height' | 'time';
  readonly block: { readonly height: number; readonly timestampMs: number; readonly treeSize: number };
  /** Omitted: nowhere in the checkpoint's tree. Late: sealed by a later block, at `index`. */
  readonly status: 'omitted' | 'late';
  readonly index: number | undefined;
  readonly checkpoint: { readonly size: number; readonly root: string };
}

const part = partOf('omission');

/**
 * Checks, with no network, that the operator promised to seal a leaf by a block or a time, and that a block of that height or
 * after that time is sealed without it. All leaf hashes of the tree are there: absence has no shorter proof in such a tree.
 * @param omission an `Omission`, or what was parsed from its file
 * @throws ChainError `omission.format`, `.charter`, `.rotations`, `.promise`, `.checkpoint`, `.hashes`, `.link` when something in it
 *   does not hold; `omission.kept` when the promise was kept, or may still be
 */
export function verifyOmission(omission: unknown, crypto: Crypto): OmissionReport {
  const parsed = parseFile('omission', omissionSchema, omission);
  const charter = part('charter', 'the charter', () => readCharter(parsed, crypto));
  const { name, origin } = charter.payload;
  const keys = part('rotations', 'the rotations', () => OperatorKeys.of(charter, parsed.rotations, parsed.chain, crypto));
  const { opened: promise } = part('promise', 'the promise', () =>
    keys.openWith(({ publicKey }) => verifyPromise(parsed.promise, { publicKey, chain: parsed.chain }, crypto)));
  const { opened: checkpoint } = part('checkpoint', 'the checkpoint', () =>
    keys.openWith(({ publicKey }) => openCheckpoint(parsed.checkpoint, { origin, publicKey }, crypto)));
  part('rotations', 'the rotations', () => keys.demandUsed());
  const hashes = part('hashes', 'the leaf hashes', () => {
    const unpacked = unpackLeafHashes(parsed.leafHashes);
    demand(unpacked.length === checkpoint.size, 'tree.size', `These are ${unpacked.length} hashes, the tree has ${checkpoint.size} leaves.`);
    demand(equalBytes(rootOf(crypto, unpacked), checkpoint.root), 'tree.root', "The hashes are not those of the checkpoint's tree.");
    return unpacked;
  });
  const { height, timestampMs, treeSize } = part('link', 'the link', () => readLink(parsed.link, parsed.chain, hashes, crypto));
  const term = part('kept', 'what it claims', () => {
    demand(height >= promise.height || timestampMs > promise.notAfterMs, 'promise.open', `Block ${height} is not yet the one by which the leaf had to be sealed.`);
    return height >= promise.height ? 'height' : 'time';
  });
  const wanted = fromHex(promise.leafHash);
  const index = hashes.findIndex((hash) => equalBytes(hash, wanted));
  part('kept', 'what it claims', () => demand(index < 0 || index >= treeSize, 'promise.kept', `The leaf is sealed, at index ${index}.`));
  return {
    chainId: parsed.chain, name, origin, promise, term, block: { height, timestampMs, treeSize },
    status: index < 0 ? 'omitted' : 'late', index: index < 0 ? undefined : index,
    checkpoint: { size: checkpoint.size, root: toHex(checkpoint.root) },
  };
}

/** The header that a link of the checkpoint's tree holds. Its place shows how many leaves the block ends with. */
function readLink(text: string, chain: string, hashes: readonly Uint8Array[], crypto: Crypto): Header {
  const bytes = fromBase64url(text);
  const leaf = readLeaf(bytes);
  demand(leaf.kind === 'block.link', 'block.link.missing', `A ${leaf.kind} is no link to a header.`);
  const header = decodeHeader(leaf.payload);
  demand(header.height > 0 && toHex(header.chainId) === chain, 'header.chain-id', 'The header is that of another chain, or genesis.');
  const placed = hashes[header.treeSize];
  demand(placed !== undefined && equalBytes(placed, leafHash(crypto, bytes)), 'block.link.place', `The link is not leaf ${header.treeSize} of the tree.`);
  return header;
}
