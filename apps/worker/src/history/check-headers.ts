import { toHex } from '@fedseal/chain/bytes';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { blockHash } from '@fedseal/chain/header/block-hash';
import { decodeHeader, HEADER_BYTES, type Header } from '@fedseal/chain/header/header';
import { meetsTarget } from '@fedseal/chain/pow/target';
import type { VerifiedHead } from '../home/worker-home.js';
import { WorkerError } from '../worker-error.js';
import { HistoryContradiction } from './history-contradiction.js';

const ZERO = '0'.repeat(64);

/**
 * Extends a verified head by consecutive raw headers: height, chain, link to the header below, growth of the tree, times and
 * proof of work. Whether the difficulty is the one the rules demand is left to a full verification of the chain.
 * @param from the head below the first header; undefined before genesis
 * @param chain the chainId, hex
 * @param raw any number of 176-byte headers, ascending
 * @returns the head after each header
 * @throws WorkerError HistoryContradiction when a header does not follow from what was verified before,
 * `history.invalid` when one is wrong in itself
 */
export function checkHeaders(crypto: Crypto, from: VerifiedHead | undefined, chain: string, raw: Uint8Array): VerifiedHead[] {
  if (raw.length % HEADER_BYTES !== 0) throw new WorkerError('history.invalid', 'The coordinator sent a header that is cut off.');
  const heads: VerifiedHead[] = [];
  let below = from;
  for (let offset = 0; offset < raw.length; offset += HEADER_BYTES) {
    below = checkHeader(crypto, below, chain, raw.subarray(offset, offset + HEADER_BYTES));
    heads.push(below);
  }
  return heads;
}

function checkHeader(crypto: Crypto, below: VerifiedHead | undefined, chain: string, raw: Uint8Array): VerifiedHead {
  const header = decode(raw);
  const hash = blockHash(crypto, raw);
  const { height } = header;
  if (below) checkLink(header, raw, below, chain);
  else checkGenesis(header, chain);
  if (header.timestampMs < header.sealStartMs) throw invalid(height, 'was found before its search began');
  if (!meetsTarget(hash, header.k, header.m)) throw invalid(height, 'does not meet its own proof-of-work target');
  return {
    height, blockHash: toHex(hash), treeSize: header.treeSize, treeRoot: toHex(header.treeRoot), timestampMs: header.timestampMs,
  };
}

function checkLink(header: Header, raw: Uint8Array, below: VerifiedHead, chain: string): void {
  const { height } = header;
  if (height !== below.height + 1) throw invalid(height, `was sent where ${below.height + 1} was asked for`);
  if (toHex(header.previousHash) !== below.blockHash) {
    throw new HistoryContradiction(
      `Block ${height} does not follow block ${below.height} (${below.blockHash}) that this worker verified: the coordinator shows another history.`,
      { header: raw },
    );
  }
  if (toHex(header.chainId) !== chain) throw invalid(height, 'names another chain');
  // Every block holds at least the link to the one below.
  if (header.treeSize <= below.treeSize) throw invalid(height, 'does not add to the tree');
  if (header.sealStartMs < below.timestampMs) throw invalid(height, 'was begun before the block below was found');
}

/** Genesis seals the charter alone, whose leaf hash is the chainId: the invitation names the whole of it. */
function checkGenesis(header: Header, chain: string): void {
  if (header.height !== 0) throw invalid(header.height, 'was sent where 0 was asked for');
  if (toHex(header.previousHash) !== ZERO || toHex(header.chainId) !== ZERO) throw invalid(0, 'is not a genesis header');
  if (header.treeSize !== 1 || toHex(header.treeRoot) !== chain) {
    throw new HistoryContradiction('The first block does not hold the charter that the invitation names: this is another federation. Check the address.');
  }
}

function decode(raw: Uint8Array): Header {
  try {
    return decodeHeader(raw);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WorkerError('history.invalid', `The coordinator sent a header that cannot be read: ${reason}`, { cause });
  }
}

function invalid(height: number, what: string): WorkerError {
  return new WorkerError('history.invalid', `Block ${height} ${what}; the coordinator's chain breaks its own rules.`);
}
