import { equalBytes, fromBase64url, fromHex, toHex } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import type { Crypto } from '../crypto/crypto.js';
import { blockHash } from '../header/block-hash.js';
import { decodeHeader } from '../header/header.js';
import type { Header } from '../header/header.js';
import type { PlacedLeaf } from '../evidence/file-fields.js';
import { KeyRegister } from '../evidence/key-register.js';
import type { RegisteredKey } from '../evidence/key-register.js';
import { parseFile } from '../evidence/parse-file.js';
import { partOf } from '../evidence/part-of.js';
import { readCharter } from '../evidence/read-charter.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import type { ReadLeaf, ReadLeafOf } from '../leaf/read-leaf.js';
import { encodeLink } from '../leaf/sign-leaf.js';
import { meetsTarget, work } from '../pow/target.js';
import { verifyConsistency } from '../tree/verify-consistency.js';
import { verifyInclusion } from '../tree/verify-inclusion.js';
import { demand } from '../verify/rule.js';
import { demandSigners } from '../verify/signers.js';
import { artifactsOf } from './artifacts-of.js';
import { receiptSchema } from './receipt.js';
import type { NamedArtifact, Receipt } from './receipt.js';
import { receiptLimits } from './receipt-limits.js';

const part = partOf('receipt');

/** What a receipt shows, and what it does not. Hashes are hex. */
export interface ReceiptReport {
  readonly chainId: string;
  /** The federation's name and origin, as its charter says. */
  readonly name: string;
  readonly origin: string;
  readonly leaf: { readonly index: number; readonly kind: ReadLeaf['kind']; readonly leafHash: string; readonly content: ReadLeaf };
  /** Whose signatures the leaf carries. */
  readonly signers: readonly RegisteredKey[];
  readonly block: {
    readonly height: number;
    readonly blockHash: string;
    readonly treeSize: number;
    readonly treeRoot: string;
    /** When it was found, by the operator's clock. */
    readonly timestampMs: number;
    /** Expected tries behind this block, a decimal integer. */
    readonly work: string;
  };
  readonly checkpoint: { readonly size: number; readonly root: string };
  /** Unlinked: the block was the newest, so its header stands in no signed tree yet. */
  readonly status: 'sealed' | 'sealed, unlinked';
  readonly artifacts: readonly NamedArtifact[];
  /** What no receipt can show, in sentences for a reader. */
  readonly limits: readonly string[];
}

/**
 * Checks a receipt by itself, with no network: the leaf is signed by keys that the charter and the receipt's own enrolment leaves
 * vouch for, stands in the tree of a header whose hash meets its own target, and that tree is the beginning of one that the
 * operator signed, which also holds the header.
 * @param receipt a `Receipt`, or what was parsed from its file
 * @throws ChainError `receipt.format`, `.charter`, `.leaf`, `.block`, `.work`, `.inclusion`, `.enrolment`, `.signature`,
 *   `.checkpoint`, `.consistency`, `.link`, `.artifacts`; the cause says more
 */
export function verifyReceipt(receipt: unknown, crypto: Crypto): ReceiptReport {
  const parsed = parseFile('receipt', receiptSchema, receipt);
  const charter = part('charter', 'the charter', () => readCharter(parsed, crypto));
  const { header, hash } = part('block', 'the block', () => readBlock(parsed, crypto));
  part('work', 'the proof of work', () => demand(meetsTarget(hash, header.k, header.m), 'header.work', `The hash ${toHex(hash)} does not meet its own target.`));
  const { leaf, leafHash: name } = part('leaf', 'the leaf', () => readOwnLeaf(parsed, crypto));
  part('inclusion', 'the place of the leaf', () => verifyInclusion(crypto, {
    leafHash: name, index: parsed.index, size: header.treeSize, proof: parsed.inclusion.map(fromHex), root: header.treeRoot,
  }));
  const { signers, operator } = checkKeys(parsed, charter, leaf, crypto);
  const { origin } = charter.payload;
  const checkpoint = part('checkpoint', 'the checkpoint', () => openCheckpoint(parsed.checkpoint, { origin, publicKey: operator.publicKey }, crypto));
  part('consistency', 'the way from the block to the checkpoint', () => verifyConsistency(crypto, {
    from: header.treeSize, fromRoot: header.treeRoot, to: checkpoint.size, toRoot: checkpoint.root, proof: parsed.consistency.map(fromHex),
  }));
  for (const entry of parsed.enrolment) part('enrolment', 'the place of an enrolment', () => demandPlaced(entry, checkpoint, crypto));
  part('link', 'the link to the block', () => demandLink(parsed, header, checkpoint, crypto));
  const artifacts = artifactsOf(leaf);
  part('artifacts', 'the list of files', () => demandArtifacts(parsed.artifacts, artifacts));
  const status = parsed.link === null ? 'sealed, unlinked' : 'sealed';
  return {
    chainId: parsed.chain,
    name: charter.payload.name,
    origin,
    leaf: { index: parsed.index, kind: leaf.kind, leafHash: toHex(name), content: leaf },
    signers,
    block: {
      height: header.height, blockHash: toHex(hash), treeSize: header.treeSize, treeRoot: toHex(header.treeRoot),
      timestampMs: header.timestampMs, work: String(work(header.k, header.m)),
    },
    checkpoint: { size: checkpoint.size, root: toHex(checkpoint.root) },
    status,
    artifacts,
    limits: receiptLimits(status),
  };
}

function readBlock({ block, chain }: Receipt, crypto: Crypto): { header: Header; hash: Uint8Array } {
  const bytes = fromHex(block.header);
  const header = decodeHeader(bytes);
  demand(header.height === block.height, 'header.height', `The header is that of block ${header.height}, not ${block.height}.`);
  // Genesis names no chain; its tree is the charter alone, so that its root is the chain's id.
  const named = header.height === 0 ? header.treeRoot : header.chainId;
  demand(toHex(named) === chain, 'header.chain-id', `The header is that of the chain ${toHex(named)}.`);
  demand(header.height > 0 || header.treeSize === 1, 'header.tree-size', `Genesis seals one leaf, not ${header.treeSize}.`);
  demand(header.timestampMs >= header.sealStartMs, 'header.timestamp', 'A block is not found before its search begins.');
  return { header, hash: blockHash(crypto, bytes) };
}

function readOwnLeaf({ leaf: text, chain }: Receipt, crypto: Crypto): { leaf: ReadLeaf; leafHash: Uint8Array } {
  const bytes = fromBase64url(text);
  const leaf = readLeaf(bytes);
  const own = leaf.kind === 'charter' || leaf.kind === 'block.link' ? chain : leaf.payload.chain;
  demand(own === chain, 'leaf.chain', `This leaf belongs to the chain ${own}.`);
  return { leaf, leafHash: leafHash(crypto, bytes) };
}

/** @returns whose signatures the leaf carries, and whose key signs the checkpoint */
function checkKeys(receipt: Receipt, charter: ReadLeafOf<'charter'>, leaf: ReadLeaf, crypto: Crypto) {
  const register = part('charter', 'the charter', () => new KeyRegister(charter, crypto));
  const before = receipt.enrolment.filter(({ index }) => index < receipt.index);
  const bring = (entry: PlacedLeaf) => part('enrolment', 'an enrolment', () => bringEntry(register, entry, receipt));
  part('enrolment', 'the enrolments', () => demandAscending(receipt));
  before.forEach(bring);
  const signers = part('signature', 'the signatures of the leaf', () => {
    const wanted = register.signersOf(leaf);
    demandSigners(leaf, { crypto }, wanted);
    return wanted;
  });
  part('enrolment', 'the enrolments', () => demand(register.unused.size === 0, 'key.surplus', 'A key is enrolled here that signed nothing.'));
  if (leaf.kind === 'operator.rotate') register.bring(leaf);
  receipt.enrolment.slice(before.length).forEach(bring);
  return { signers, operator: register.operator };
}

function demandAscending({ enrolment, index: own }: Receipt): void {
  for (const [i, { index }] of enrolment.entries()) {
    demand(index !== own && index > (enrolment[i - 1]?.index ?? 0), 'key.order', 'Enrolments ascend by index, each once, after the charter and without the leaf itself.');
  }
}

function bringEntry(register: KeyRegister, entry: PlacedLeaf, receipt: Receipt): void {
  const leaf = readLeaf(fromBase64url(entry.leaf));
  switch (leaf.kind) {
    case 'node.add':
    case 'contributor.enrol':
    case 'contributor.rotate':
      demand(entry.index < receipt.index, 'key.order', 'A key that the leaf leans on was enrolled before it.');
      break;
    case 'operator.rotate':
      break;
    default:
      throw new ChainError('key.kind', `A ${leaf.kind} brings no key.`);
  }
  demand(leaf.payload.chain === receipt.chain, 'leaf.chain', `This leaf belongs to the chain ${leaf.payload.chain}.`);
  register.bring(leaf);
}

function demandPlaced({ leaf, index, inclusion }: PlacedLeaf, { size, root }: Checkpoint, crypto: Crypto): void {
  verifyInclusion(crypto, { leafHash: leafHash(crypto, fromBase64url(leaf)), index, size, proof: inclusion.map(fromHex), root });
}

function demandLink({ block, link }: Receipt, header: Header, checkpoint: Checkpoint, crypto: Crypto): void {
  // The link leads the next block, so it is there exactly when the signed tree goes beyond this one.
  demand((link === null) === (checkpoint.size === header.treeSize), 'block.link.missing', 'A link belongs to a block that others follow in the signed tree.');
  if (link === null) return;
  demand(link.index === header.treeSize, 'block.link.place', `The link to this block is leaf ${header.treeSize}, not ${link.index}.`);
  demand(equalBytes(fromBase64url(link.leaf), encodeLink(fromHex(block.header))), 'block.link.header', 'The link holds another header.');
  demandPlaced(link, checkpoint, crypto);
}

function demandArtifacts(listed: readonly NamedArtifact[], named: readonly NamedArtifact[]): void {
  const same = listed.length === named.length && listed.every(({ role, sha256 }, i) => role === named[i]?.role && sha256 === named[i]?.sha256);
  demand(same, 'artifacts', 'The files listed are not those that the leaf names.');
}
