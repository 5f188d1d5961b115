import { HeaderSearch } from './header-search.js';
import { createKernel, LANES } from './search-kernel.js';
import { fillSlots, NONCE_WORD } from './search-slots.js';

/** Nonces per call into the kernel at most, about 3.5 ms: V8 swaps a function for its optimised form only between calls. */
export const CHUNK_TRIES = 2 ** 16;
const LOW_WORD = 2 ** 32;

/** Tries nonces of one header. */
export interface Searcher {
  /**
   * @param startNonce the first nonce, u64; after 2^64 − 1 comes 0
   * @param tries how many, a safe integer
   * @returns the first nonce of that range whose header meets its own target, or undefined
   */
  run(startNonce: bigint, tries: number): bigint | undefined;
  /** Changes the header's `timestampMs`. It lies in the last SHA-256 block, so the midstate stays. */
  setTimestamp(timestampMs: number): void;
}

/**
 * A searcher on the generated WASM SIMD kernel. One per thread and header; the compiled module is shared.
 * @param header 176 bytes; its own nonce does not matter
 * @throws ChainError `header.length`, `header.k` or `header.m`
 */
export function createSearcher(header: Uint8Array): Searcher {
  return new KernelSearcher(new HeaderSearch(header));
}

class KernelSearcher implements Searcher {
  readonly #search: HeaderSearch;
  readonly #kernel = createKernel();

  constructor(search: HeaderSearch) {
    this.#search = search;
  }

  setTimestamp(timestampMs: number): void {
    this.#search.setTimestamp(timestampMs);
  }

  run(startNonce: bigint, tries: number): bigint | undefined {
    let nonce = BigInt.asUintN(64, startNonce);
    for (let left = tries; left > 0; ) {
      // A chunk never crosses a carry into the nonce's high word, which the kernel takes for constant.
      const untilCarry = LOW_WORD - Number(nonce & 0xffffffffn);
      const count = Math.min(left, untilCarry, CHUNK_TRIES);
      const found = this.#chunk(nonce, count);
      if (found !== undefined) return found;
      nonce = BigInt.asUintN(64, nonce + BigInt(count));
      left -= count;
    }
    return undefined;
  }

  #chunk(start: bigint, count: number): bigint | undefined {
    const { midstate, tail, firstWordLimit } = this.#search;
    this.#search.setNonce(start);
    const low = tail[NONCE_WORD] as number;
    fillSlots(this.#kernel.memory, midstate, tail, firstWordLimit);
    for (let done = 0; done < count; done += LANES) {
      const groups = Math.ceil((count - done) / LANES);
      const left = this.#kernel.search(low + done, groups);
      if (left === 0) return undefined;
      done += LANES * (groups - left);
      // The kernel saw one word of four digests. The last group may reach past the chunk: those nonces are not ours.
      for (let lane = done; lane < Math.min(done + LANES, count); lane++) {
        const nonce = start + BigInt(lane);
        this.#search.setNonce(nonce);
        if (this.#search.meetsTarget()) return nonce;
      }
    }
    return undefined;
  }
}
