import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { decodeHeader, HEADER_BYTES } from '@fedseal/chain/header/header';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { verifyReceipt, type ReceiptReport } from '@fedseal/chain/receipt/verify-receipt';
import type { CoordinatorHttp } from '../coordinator/http.js';
import type { VerifiedHead } from '../home/worker-home.js';
import type { Report } from '../output/worker-events.js';
import { WorkerError } from '../worker-error.js';
import type { SignedTree } from './contradiction-evidence.js';
import { omissionName, type EvidenceFiles, type OpenPromise } from './evidence-files.js';
import type { FederationPapers } from './federation-papers.js';
import { fetchLeafHashes } from './leaf-hashes.js';
import { buildOmission, placeOf } from './omission-evidence.js';
import { RECEIPT_MOST_BYTES } from './paper-source.js';

export interface SettleParts {
  readonly files: EvidenceFiles;
  readonly http: CoordinatorHttp;
  readonly crypto: Crypto;
  readonly report: Report;
  readonly nowMs: () => number;
}

/** A promise and what is known of its leaf so far. */
export interface Watched {
  readonly open: OpenPromise;
  /** Leaves below this index were looked at, or cannot be the one: a commit is sealed above the tree that it saw. */
  searchedTo: number;
  /** Its place and its block's tree, once it has a receipt. */
  receipt: { readonly index: number; readonly treeSize: number } | undefined;
  accused: boolean;
  /** That its time has passed while no block shows it was said. */
  overdueSaid: boolean;
}

export function watch(open: OpenPromise): Watched {
  const leaf = readLeaf(open.leaf);
  const searchedTo = leaf.kind === 'update.commit' ? leaf.payload.seen.treeSize : 0;
  return { open, searchedTo, receipt: undefined, accused: open.accused, overdueSaid: false };
}

/** The chain as far as this worker verified it. */
export interface Verified {
  readonly papers: FederationPapers;
  readonly head: VerifiedHead;
  /** Of one history with `head`. */
  readonly tree: SignedTree;
}

/**
 * Looks for a promised leaf in a signed tree: fetches and keeps its receipt, renews one whose block had no link yet, and writes
 * down a broken promise.
 * @returns whether nothing is left to do
 */
export async function settlePromise(parts: SettleParts, verified: Verified, watched: Watched, signal: AbortSignal): Promise<boolean> {
  const { size } = verified.tree;
  const unlinkedAt = watched.receipt?.index ?? watched.open.unlinkedAt;
  if (unlinkedAt !== undefined) {
    return size > (watched.receipt?.treeSize ?? 0) ? takeReceipt(parts, verified, watched, unlinkedAt, signal) : false;
  }
  if (size > watched.searchedTo) {
    const hashes = await fetchLeafHashes(parts.http, watched.searchedTo, size, signal);
    const index = placeOf(watched.open.signed.promise.leafHash, hashes, watched.searchedTo);
    if (index !== undefined) return takeReceipt(parts, verified, watched, index, signal);
    watched.searchedTo = size;
  }
  await demandPromise(parts, verified, watched, signal);
  sayOverdue(parts, watched);
  return false;
}

async function takeReceipt(parts: SettleParts, verified: Verified, watched: Watched, index: number, signal: AbortSignal): Promise<boolean> {
  const { files, http, crypto, report } = parts;
  const { key, signed: { promise } } = watched.open;
  const bytes = await http.getBytes(`/v1/leaves/${index}/receipt`, RECEIPT_MOST_BYTES, { signal });
  const receipt = verifyReceipt(decodeReceipt(bytes), crypto);
  if (receipt.chainId !== promise.chain || receipt.leaf.leafHash !== promise.leafHash) {
    throw new WorkerError('receipt.other-leaf', `The coordinator sent the receipt of another leaf than leaf ${index}.`);
  }
  const file = await files.keepReceipt(key, bytes);
  const news = watched.receipt === undefined && watched.open.unlinkedAt === undefined;
  const { height, treeSize } = receipt.block;
  watched.receipt = { index, treeSize };
  if (news) report({ event: 'receipt', ...key, index, block: height, status: receipt.status, file });
  if (isLate(receipt, promise)) await demandPromise(parts, verified, watched, signal);
  const done = receipt.status === 'sealed' && (watched.accused || !isLate(receipt, promise));
  if (done) await files.close(key);
  return done;
}

function isLate({ block }: ReceiptReport, { height }: OpenPromise['signed']['promise']): boolean {
  return block.height > height;
}

/** Writes down that a promise was broken as soon as the signed tree shows it. */
async function demandPromise(parts: SettleParts, { papers, head, tree }: Verified, watched: Watched, signal: AbortSignal): Promise<void> {
  if (watched.accused) return;
  const { files, http, crypto, report } = parts;
  const { key, signed } = watched.open;
  // The link to the block in question stands in the next one, so only blocks below the head prove anything.
  const height = head.height > signed.promise.height ? signed.promise.height : head.timestampMs > signed.promise.notAfterMs ? head.height - 1 : undefined;
  if (height === undefined || height < 1) return;
  const header = await http.getBytes(`/v1/headers?from=${height}&to=${height}`, HEADER_BYTES, { signal });
  if (header.length !== HEADER_BYTES || decodeHeader(header).treeSize >= tree.size) return;
  const hashes = await fetchLeafHashes(http, 0, tree.size, signal);
  const omission = buildOmission(papers, crypto, signed, tree, hashes, header);
  if (!omission) return;
  const file = await files.accuse(omissionName(key), omission.bytes);
  watched.accused = true;
  const { status, term, block, index } = omission.report;
  const by = term === 'height' ? `block ${signed.promise.height}` : new Date(signed.promise.notAfterMs).toISOString();
  const what = status === 'omitted' ? `it is nowhere in the tree of ${tree.size} leaves that it signed` : `it came later, as leaf ${index}`;
  report({
    event: 'evidence', kind: 'omission', file,
    message: `${key.run} round ${key.round}: the operator promised to seal this update by ${by}, and ${what} (block ${block.height} is sealed without it). ${file} proves it to anybody: check it with ` +
      '`fedseal receipt verify FILE`, keep a copy elsewhere and ask the operator why. This worker goes on; stop it if you no longer want to take part.',
  });
}

/** Time alone proves nothing: a block found after the promised time does, and none is there yet. */
function sayOverdue({ nowMs, report }: SettleParts, watched: Watched): void {
  const { key, signed: { promise } } = watched.open;
  if (watched.overdueSaid || watched.accused || nowMs() <= promise.notAfterMs) return;
  watched.overdueSaid = true;
  report({
    event: 'notice', code: 'promise.overdue',
    message: `${key.run} round ${key.round}: the operator promised to seal this update (${promise.leafHash}) by ` +
      `${new Date(promise.notAfterMs).toISOString()} and has not. The next block without it will prove that; until then ask the operator.`,
  });
}
