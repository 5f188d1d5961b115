import { fromHex, toHex } from '../bytes.js';
import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import type { Crypto } from '../crypto/crypto.js';
import { OperatorKeys } from '../evidence/operator-keys.js';
import { parseFile } from '../evidence/parse-file.js';
import { partOf } from '../evidence/part-of.js';
import { readCharter } from '../evidence/read-charter.js';
import { blockHash } from '../header/block-hash.js';
import { decodeHeader } from '../header/header.js';
import type { SeenHead } from '../leaf/payload-fields.js';
import { meetsTarget } from '../pow/target.js';
import { demand } from '../verify/rule.js';
import { conflictSchema } from './conflict.js';
import type { Conflict } from './conflict.js';

/** What a conflict shows, and what it leaves open. Hashes are hex. */
export interface ConflictReport {
  readonly chainId: string;
  readonly name: string;
  readonly origin: string;
  readonly kept: SeenHead;
  /** Whether one of the checkpoints signs the very tree of the kept head: the operator cannot deny it. */
  readonly keptIsSigned: boolean;
  readonly checkpoints: readonly { readonly size: number; readonly root: string }[];
  /** The other header: mined, and signed by nobody. */
  readonly header: { readonly height: number; readonly blockHash: string } | undefined;
  readonly observed: string;
}

const part = partOf('conflict');

/**
 * Checks, with no network, as much of a conflict as anybody can: whose federation it is, the operator's signatures under the
 * checkpoints, and a header that was mined for this chain and excludes the kept head. That the operator showed it, it cannot show.
 * @param conflict a `Conflict`, or what was parsed from its file
 * @throws ChainError `conflict.format`, `.charter`, `.rotations`, `.checkpoint`, `.header`
 */
export function verifyConflict(conflict: unknown, crypto: Crypto): ConflictReport {
  const parsed = parseFile('conflict', conflictSchema, conflict);
  const charter = part('charter', 'the charter', () => readCharter(parsed, crypto));
  const { name, origin } = charter.payload;
  const keys = part('rotations', 'the rotations', () => OperatorKeys.of(charter, parsed.rotations, parsed.chain, crypto));
  const checkpoints = part('checkpoint', 'a checkpoint', () => parsed.checkpoints.map((note) =>
    keys.openWith(({ publicKey }) => openCheckpoint(note, { origin, publicKey }, crypto)).opened));
  if (parsed.rotations.length > 0) part('rotations', 'the rotations', () => keys.demandUsed());
  const header = part('header', 'the header', () => readHeader(parsed, crypto));
  const trees = checkpoints.map(({ size, root }) => ({ size, root: toHex(root) }));
  const { kept } = parsed;
  return {
    chainId: parsed.chain, name, origin, kept, checkpoints: trees, header, observed: parsed.observed,
    keptIsSigned: trees.some(({ size, root }) => size === kept.treeSize && root === kept.treeRoot),
  };
}

function readHeader({ header: text, chain, kept }: Conflict, crypto: Crypto): ConflictReport['header'] {
  if (text === null) return undefined;
  const raw = fromHex(text);
  const header = decodeHeader(raw);
  const hash = blockHash(crypto, raw);
  demand(header.height > 0 && toHex(header.chainId) === chain, 'header.chain-id', 'The header is that of another chain, or genesis.');
  demand(meetsTarget(hash, header.k, header.m), 'header.work', `The hash ${toHex(hash)} does not meet its own target.`);
  const replaces = header.height === kept.height && toHex(hash) !== kept.blockHash;
  const ignores = header.height === kept.height + 1 && toHex(header.previousHash) !== kept.blockHash;
  demand(replaces || ignores, 'conflict.none', `Block ${header.height} does not exclude the kept block ${kept.height}.`);
  return { height: header.height, blockHash: toHex(hash) };
}
