import { toHex } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { checkDifficulty } from '../pow/target.js';

/** A header is 176 bytes, everything big-endian (docs/CHAIN.md, "Header"). */
export const HEADER_BYTES = 176;
/** Bytes 0–127 do not change during a search: two SHA-256 blocks, kept as a midstate. */
export const HEADER_MIDSTATE_BYTES = 128;

/** Offset of every field. The padding after `k` is three zero bytes. */
export const HEADER_OFFSETS = {
  magic: 0,
  version: 4,
  flags: 6,
  height: 8,
  chainId: 16,
  previousHash: 48,
  treeSize: 80,
  treeRoot: 88,
  rounds: 120,
  sealStartMs: 128,
  timestampMs: 136,
  k: 144,
  padding: 145,
  m: 148,
  extraNonce: 152,
  nonce: 168,
} as const;

/** `FSL1` */
const MAGIC = 0x46534c31;
const VERSION = 1;
const FLAGS = 0;
/** The upper half of 2^53 − 1. */
const MAX_SAFE_HIGH = 2 ** 21 - 1;

/** One block: it commits to the cumulative tree, and so to every leaf up to `treeSize`. */
export interface Header {
  readonly height: number;
  /** 32 bytes: leaf hash of the charter; zero in genesis. */
  readonly chainId: Uint8Array;
  /** 32 bytes: hash of the header below; zero in genesis. */
  readonly previousHash: Uint8Array;
  /** Leaves in the whole tree, this block's included. */
  readonly treeSize: number;
  /** 32 bytes: RFC 6962 root over those leaves. */
  readonly treeRoot: Uint8Array;
  /** How many `round.close` leaves this block seals. */
  readonly rounds: number;
  /** Start of the search, ms since the epoch; never before the previous block's `timestampMs`. */
  readonly sealStartMs: number;
  /** `sealStartMs` plus the time the search had taken, by a monotonic clock. */
  readonly timestampMs: number;
  /** Doublings of the hash before it is compared, 0 to 224. */
  readonly k: number;
  /** Mantissa of the threshold `T = m · 2^224`, 2^31 to 2^32 − 1. */
  readonly m: number;
  /** 16 bytes, one value per miner: two miners never try the same header. */
  readonly extraNonce: Uint8Array;
  /** u64 */
  readonly nonce: bigint;
}

/** @throws ChainError `header.field` when a field does not fit its place. @returns 176 bytes. */
export function encodeHeader(header: Header): Uint8Array {
  checkDifficulty(header.k, header.m);
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const u64 = (offset: number, name: string, value: number) => {
    if (!Number.isSafeInteger(value) || value < 0) throw misfit(name, 'a safe integer that is not negative');
    view.setBigUint64(offset, BigInt(value));
  };
  const fixed = (offset: number, name: string, value: Uint8Array, length: number) => {
    if (value.length !== length) throw misfit(name, `${length} bytes`);
    bytes.set(value, offset);
  };
  const at = HEADER_OFFSETS;
  view.setUint32(at.magic, MAGIC);
  view.setUint16(at.version, VERSION);
  view.setUint16(at.flags, FLAGS);
  u64(at.height, 'height', header.height);
  fixed(at.chainId, 'chainId', header.chainId, 32);
  fixed(at.previousHash, 'previousHash', header.previousHash, 32);
  u64(at.treeSize, 'treeSize', header.treeSize);
  fixed(at.treeRoot, 'treeRoot', header.treeRoot, 32);
  u64(at.rounds, 'rounds', header.rounds);
  u64(at.sealStartMs, 'sealStartMs', header.sealStartMs);
  u64(at.timestampMs, 'timestampMs', header.timestampMs);
  view.setUint8(at.k, header.k);
  view.setUint32(at.m, header.m);
  fixed(at.extraNonce, 'extraNonce', header.extraNonce, 16);
  if (header.nonce < 0n || header.nonce >= 1n << 64n) throw misfit('nonce', 'an unsigned 64-bit integer');
  view.setBigUint64(at.nonce, header.nonce);
  return bytes;
}

/** Bytes that a header is likely to hold: where it does, they are used themselves instead of a copy. */
export interface LikelyFields {
  readonly chainId: Uint8Array;
  readonly previousHash: Uint8Array;
}

/**
 * Reads a header; its byte fields are copies. Whatever decodes encodes to the same bytes again.
 * @param likely spares a reader of many headers two copies each
 * @throws ChainError `header.length`, `.magic`, `.version`, `.flags`, `.padding`, `.k`, `.m` or `.field` (an integer above 2^53 − 1).
 */
export function decodeHeader(bytes: Uint8Array, likely?: LikelyFields): Header {
  if (bytes.length !== HEADER_BYTES) {
    throw new ChainError('header.length', `A header is ${HEADER_BYTES} bytes; these are ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = HEADER_OFFSETS;
  if (view.getUint32(at.magic) !== MAGIC) {
    throw new ChainError('header.magic', `A header begins with "FSL1" (46534c31), not ${toHex(bytes.slice(0, 4))}.`);
  }
  const version = view.getUint16(at.version);
  if (version !== VERSION) {
    throw new ChainError('header.version', `This verifier reads header version ${VERSION}, not ${version}; use a newer one.`);
  }
  if (view.getUint16(at.flags) !== FLAGS) throw new ChainError('header.flags', 'Flags must be zero in header version 1.');
  if (view.getUint16(at.padding) !== 0 || view.getUint8(at.padding + 2) !== 0) {
    throw new ChainError('header.padding', 'The three bytes after k must be zero.');
  }
  const k = view.getUint8(at.k);
  const m = view.getUint32(at.m);
  checkDifficulty(k, m);
  return {
    height: safeU64(view, at.height, 'height'),
    chainId: likelyOrCopy(bytes, at.chainId, at.previousHash, likely?.chainId),
    previousHash: likelyOrCopy(bytes, at.previousHash, at.treeSize, likely?.previousHash),
    treeSize: safeU64(view, at.treeSize, 'treeSize'),
    treeRoot: copyOf(bytes, at.treeRoot, at.rounds),
    rounds: safeU64(view, at.rounds, 'rounds'),
    sealStartMs: safeU64(view, at.sealStartMs, 'sealStartMs'),
    timestampMs: safeU64(view, at.timestampMs, 'timestampMs'),
    k,
    m,
    extraNonce: copyOf(bytes, at.extraNonce, at.nonce),
    nonce: view.getBigUint64(at.nonce),
  };
}

/** By halves: a BigInt for each field would cost more than the hash of the whole header. */
function safeU64(view: DataView, offset: number, name: string): number {
  const high = view.getUint32(offset);
  if (high > MAX_SAFE_HIGH) throw misfit(name, 'at most 2^53 − 1');
  return high * 2 ** 32 + view.getUint32(offset + 4);
}

/** Byte by byte: `slice` of a Node Buffer would share its memory, and a view made only to be copied costs as much as the copy. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  for (let i = start; i < end; i++) copy[i - start] = bytes[i] as number;
  return copy;
}

function likelyOrCopy(bytes: Uint8Array, start: number, end: number, likely: Uint8Array | undefined): Uint8Array {
  if (likely?.length !== end - start) return copyOf(bytes, start, end);
  for (let i = start; i < end; i++) if (bytes[i] !== likely[i - start]) return copyOf(bytes, start, end);
  return likely;
}

function misfit(name: string, expected: string): ChainError {
  return new ChainError('header.field', `The header's ${name} must be ${expected}.`);
}
