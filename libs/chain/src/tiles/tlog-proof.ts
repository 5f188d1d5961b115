import { fromBase64, toBase64 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import type { CheckpointKey } from '../checkpoint/open-checkpoint.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import type { Crypto } from '../crypto/crypto.js';
import { decodeNote } from '../note/note.js';
import { verifyInclusion } from '../tree/verify-inclusion.js';

/** A proof that other logs' tools read: a leaf's place in a signed tree (C2SP tlog-proof, v1). */
export interface TlogProof {
  readonly index: number;
  /** From the leaf's sibling up, 32 bytes each. */
  readonly inclusion: readonly Uint8Array[];
  /** The note, verbatim. */
  readonly checkpoint: string;
  /** Vouched for by nobody. */
  readonly extra?: Uint8Array;
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
/** A proof in a tree of 2^53 leaves has no more hashes. */
const MAX_PROOF = 64;

/** The text of a proof file, `.tlog-proof` by convention. @throws ChainError `tlog-proof.index`, `tlog-proof.hash`, `note.*` */
export function encodeTlogProof({ index, inclusion, checkpoint, extra }: TlogProof): string {
  checkIndex(index);
  checkHashes(inclusion);
  decodeNote(checkpoint);
  return [
    FIRST_LINE,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...inclusion.map(toBase64),
    '',
    checkpoint,
  ].join('\n');
}

/**
 * Whatever decodes encodes to the same text again.
 * @throws ChainError `tlog-proof.lines`, `tlog-proof.index`, `tlog-proof.hash`, `bytes.base64`, `note.*`
 */
export function decodeTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  if (end < 0) throw new ChainError('tlog-proof.lines', 'A proof is its lines, an empty line and a checkpoint.');
  const checkpoint = text.slice(end + 2);
  const [first, ...lines] = text.slice(0, end).split('\n');
  if (first !== FIRST_LINE) throw new ChainError('tlog-proof.lines', `A proof begins with "${FIRST_LINE}".`);
  const extra = lines[0]?.startsWith('extra ') ? fromBase64((lines.shift() as string).slice('extra '.length)) : undefined;
  const [, digits] = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '') ?? [];
  if (digits === undefined) throw new ChainError('tlog-proof.index', 'A proof says "index" and the index in decimal.');
  const index = Number(digits);
  checkIndex(index);
  if (lines.length > MAX_PROOF) throw new ChainError('tlog-proof.hash', `A proof has at most ${MAX_PROOF} hashes.`);
  const inclusion = lines.map(fromBase64);
  checkHashes(inclusion);
  decodeNote(checkpoint);
  return { index, inclusion, checkpoint, ...(extra === undefined ? {} : { extra }) };
}

/**
 * Checks that a leaf stands at its index of a tree that the operator signed.
 * @throws ChainError `tree.inclusion`, and as `openCheckpoint`
 */
export function verifyTlogProof({ index, inclusion, checkpoint }: TlogProof, leafHash: Uint8Array, key: CheckpointKey, crypto: Crypto): Checkpoint {
  const opened = openCheckpoint(checkpoint, key, crypto);
  verifyInclusion(crypto, { leafHash, index, size: opened.size, proof: inclusion, root: opened.root });
  return opened;
}

function checkIndex(index: number): void {
  if (!Number.isSafeInteger(index) || index < 0) throw new ChainError('tlog-proof.index', `An index is 0 to 2^53 − 1, not ${index}.`);
}

function checkHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some(({ length }) => length !== 32)) throw new ChainError('tlog-proof.hash', 'Each hash of the proof is 32 bytes.');
}
