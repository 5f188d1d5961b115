import { HeaderSearch } from './header-search.js';
import type { Searcher } from './searcher.js';

/** The search in its plainest form, some 40 times slower than the kernel: what the kernel must agree with. */
export function createReferenceSearcher(header: Uint8Array): Searcher {
  const search = new HeaderSearch(header);
  return {
    setTimestamp: (timestampMs) => search.setTimestamp(timestampMs),
    run(startNonce, tries) {
      for (let i = 0; i < tries; i++) {
        const nonce = BigInt.asUintN(64, startNonce + BigInt(i));
        search.setNonce(nonce);
        if (search.meetsTarget()) return nonce;
      }
      return undefined;
    },
  };
}
