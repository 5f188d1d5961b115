import { ChainError } from '../chain-error.js';
import { HEADER_BYTES, HEADER_MIDSTATE_BYTES, HEADER_OFFSETS } from '../header/header.js';
import { compress, INITIAL_STATE, readWords, wordsToBytes } from './sha256-words.js';
import { hashBound, meetsTarget } from './target.js';

/** Bits of a 176-byte message. */
const MESSAGE_BITS = 8 * HEADER_BYTES;
const TAIL_WORDS = (HEADER_BYTES - HEADER_MIDSTATE_BYTES) / 4;

/** A header as a search sees it: 128 bytes that stay as a midstate, and the words of the last SHA-256 block. */
export class HeaderSearch {
  readonly k: number;
  readonly m: number;
  /** 8 words after bytes 0–127. */
  readonly midstate: Uint32Array;
  /** 16 words: bytes 128–175 and the padding. */
  readonly tail: Uint32Array;

  /** @throws ChainError `header.length`, `header.k` or `header.m` */
  constructor(header: Uint8Array) {
    if (header.length !== HEADER_BYTES) {
      throw new ChainError('header.length', `A header is ${HEADER_BYTES} bytes; these are ${header.length}.`);
    }
    this.midstate = compress(compress(INITIAL_STATE, readWords(header, 0, 16)), readWords(header, 64, 16));
    this.tail = new Uint32Array(16);
    this.tail.set(readWords(header, HEADER_MIDSTATE_BYTES, TAIL_WORDS));
    this.tail[TAIL_WORDS] = 0x80000000;
    this.tail[15] = MESSAGE_BITS;
    this.k = header[HEADER_OFFSETS.k] as number;
    this.m = this.tail[wordOf(HEADER_OFFSETS.m)] as number;
    hashBound(this.k, this.m);
  }

  /**
   * The largest first digest word a hash that meets the target can have. Every such hash passes this test; a hash
   * that passes it may still miss the target in the bits that follow.
   */
  get firstWordLimit(): number {
    return Number((hashBound(this.k, this.m) - 1n) >> 224n);
  }

  setTimestamp(timestampMs: number): void {
    this.#setU64(HEADER_OFFSETS.timestampMs, BigInt(timestampMs));
  }

  setNonce(nonce: bigint): void {
    this.#setU64(HEADER_OFFSETS.nonce, nonce);
  }

  /** Whether the header with the timestamp and nonce set here meets its target. */
  meetsTarget(): boolean {
    return meetsTarget(wordsToBytes(compress(this.midstate, this.tail)), this.k, this.m);
  }

  #setU64(offset: number, value: bigint): void {
    const word = wordOf(offset);
    this.tail[word] = Number(value >> 32n);
    this.tail[word + 1] = Number(value & 0xffffffffn);
  }
}

function wordOf(offset: number): number {
  return (offset - HEADER_MIDSTATE_BYTES) / 4;
}
