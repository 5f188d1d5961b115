import type { Crypto } from '../crypto/crypto.js';
import { blockHash } from '../header/block-hash.js';
import { decodeHeader } from '../header/header.js';
import type { LikelyFields } from '../header/header.js';
import type { ProofOfWorkRules } from '../pow/retarget.js';
import type { PlacedHeader } from './placed-header.js';
import { RetargetWindow } from './retarget-window.js';
import { demandPlace } from './rules/header-place.js';
import { demandTime } from './rules/header-time.js';
import { demandTreeSize } from './rules/header-tree.js';
import { demandWork } from './rules/header-work.js';

/** What the charter says that headers are judged by. */
export interface HeaderRules {
  /** Leaf hash of the charter, 32 bytes. */
  readonly chainId: Uint8Array;
  readonly proofOfWork: ProofOfWorkRules;
}

const NO_CHAIN = new Uint8Array(0);

/**
 * Every rule that headers can be judged by without their leaves, in one pass: encoding, place, times, tree size, difficulty and
 * proof of work. About two microseconds a header on OpenSSL; memory grows with the retarget window alone.
 */
export class HeaderChain {
  readonly #crypto: Crypto;
  #rules: HeaderRules | undefined;
  #window: RetargetWindow | undefined;
  #tip: PlacedHeader | undefined;
  #likely: LikelyFields | undefined;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** The last header taken in. */
  get tip(): PlacedHeader | undefined {
    return this.#tip;
  }

  /**
   * Checks all of the next header but what only the charter tells of genesis, which `append` then asks.
   * @param bytes 176 bytes @throws ChainError `header.*`
   */
  read(bytes: Uint8Array): PlacedHeader {
    const header = decodeHeader(bytes, this.#likely);
    demandPlace(header, this.#tip, this.#rules?.chainId ?? NO_CHAIN);
    demandTime(header, this.#tip);
    demandTreeSize(header, this.#tip);
    const placed = { header, bytes, hash: blockHash(this.#crypto, bytes) };
    if (this.#window !== undefined) demandWork(header, placed.hash, this.#window.next());
    return placed;
  }

  /**
   * Takes in a header that `read` gave.
   * @param rules of the charter, with genesis @throws ChainError `header.difficulty`, `header.work` of genesis
   */
  append(placed: PlacedHeader, rules?: HeaderRules): void {
    if (this.#window === undefined) {
      if (rules === undefined) throw new TypeError('The first header comes with the rules of its charter.');
      const window = new RetargetWindow(rules.proofOfWork);
      demandWork(placed.header, placed.hash, window.next());
      [this.#rules, this.#window] = [rules, window];
    }
    this.#window.push(placed.header);
    this.#tip = placed;
    this.#likely = { chainId: (this.#rules as HeaderRules).chainId, previousHash: placed.hash };
  }
}
