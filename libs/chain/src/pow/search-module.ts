import {
  FIRST_ROUND, isPartlyKnown, LIMIT_SLOT, NONCE_WORD, roundSlot, scheduleTerms, SLOT_BYTES, stateSlot, VARIES, wordSlot,
} from './search-slots.js';
import { FunctionWriter, moduleOf, OP, VECTOR_OP } from './wasm-writer.js';

/**
 * Generates the search kernel: four nonces at a time in the lanes of WASM SIMD128, rounds 12–63 fully unrolled, all
 * that does not vary loaded from slots (`search-slots.ts`), and of the digest only the first word computed.
 *
 *     search(first: i32, groups: i32): i32
 *
 * tries the low nonce words first, first + 1, … in groups of four until a lane's first digest word is at most the limit;
 * returns how many groups were left then, that one included, or 0 when there was none. The caller looks at the whole
 * digest.
 */
export const SEARCH_EXPORT = 'search';

/** Parameters; `REMAINING` counts down. */
const FIRST = 0;
const REMAINING = 1;
const PARAMETERS = 2;
/** Vector locals. */
const NONCE = PARAMETERS;
const STATE = NONCE + 1;
const WORDS = STATE + 8;
const T1 = WORDS + 16;
const PAIR = T1 + 1;
const VECTORS = PAIR + 2 - PARAMETERS;

/** Rotations of Σ0 and Σ1; shift and rotations of σ0 and σ1 (FIPS 180-4, section 4.1.2); each ascending. */
const BIG_SIGMA_0 = [2, 13, 22] as const;
const BIG_SIGMA_1 = [6, 11, 25] as const;
const SMALL_SIGMA_0 = [3, 7, 18] as const;
const SMALL_SIGMA_1 = [10, 17, 19] as const;

/** @returns the module's bytes, the same on every call. */
export function searchModuleBytes(): Uint8Array<ArrayBuffer> {
  const code = new KernelWriter();
  code.get(FIRST).vector(VECTOR_OP.splat).lanes([0, 1, 2, 3]).add().set(NONCE);
  code.open(OP.loop);
  code.startState();
  for (let t = FIRST_ROUND; t < 64; t++) code.round(t);
  code.get(variable(64, 0)).slot(LIMIT_SLOT).vector(VECTOR_OP.lessOrEqualU).vector(VECTOR_OP.anyTrue);
  code.open(OP.if).get(REMAINING).plain(OP.return).plain(OP.end);
  code.get(NONCE).lanes([4, 4, 4, 4]).add().set(NONCE);
  code.get(REMAINING).constant(1).plain(OP.i32Sub).tee(REMAINING).branchIf(0);
  code.plain(OP.end).get(REMAINING);
  return moduleOf(SEARCH_EXPORT, PARAMETERS, VECTORS, code);
}

/**
 * The local that holds variable `index` (a is 0, h is 7) before round t. A round writes its new `e` over `d` and its new
 * `a` over `h`, so the names move along by one and nothing is copied.
 */
function variable(t: number, index: number): number {
  return STATE + ((index - t) & 7);
}

class KernelWriter extends FunctionWriter {
  slot(number: number): this {
    return this.load(SLOT_BYTES * number);
  }

  add(): this {
    return this.vector(VECTOR_OP.add);
  }

  xor(): this {
    return this.vector(VECTOR_OP.xor);
  }

  /** The state before round 12: as it would be for a nonce of zero, plus the nonce in `a` and `e`. */
  startState(): void {
    // h, g and f of this state are added to rounds 12 to 14 beforehand; g and f are still needed for the choice.
    for (const index of [0, 1, 2, 3, 4, 5, 6]) {
      this.slot(stateSlot(index));
      if (index === 0 || index === 4) this.get(NONCE).add();
      this.set(variable(FIRST_ROUND, index));
    }
    const [b, c] = [variable(FIRST_ROUND, 1), variable(FIRST_ROUND, 2)];
    this.get(b).get(c).xor().set(pair(FIRST_ROUND - 1));
  }

  round(t: number): void {
    const [a, b, , d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => variable(t, index)) as Eight;

    // T1 = h + K + W + Ch(e, f, g) + Σ1(e)
    this.slot(roundSlot(t));
    if (t >= FIRST_ROUND + 3) this.get(h).add();
    if (VARIES[t]) this.scheduleWord(t).add();
    this.get(f).get(g).get(e).vector(VECTOR_OP.bitselect).add();
    this.bigSigma(e, BIG_SIGMA_1).add().set(T1);
    if (t < 63) this.get(d).get(T1).add().set(d);

    // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), where b ^ c is the round before's a ^ b.
    this.get(T1).bigSigma(a, BIG_SIGMA_0).add();
    this.get(a).get(b).xor().tee(pair(t)).get(pair(t - 1)).vector(VECTOR_OP.and).get(b).xor().add().set(h);
  }

  /** Pushes a varying word of the message schedule and keeps it for the words that follow. */
  scheduleWord(t: number): this {
    let first = !isPartlyKnown(t);
    if (!first) this.slot(wordSlot(t));
    for (const { word, sigma } of scheduleTerms(t)) {
      if (!VARIES[word]) continue;
      const local = wordLocal(word);
      if (sigma === undefined) this.get(local);
      else this.smallSigma(local, sigma === 0 ? SMALL_SIGMA_0 : SMALL_SIGMA_1);
      if (!first) this.add();
      first = false;
    }
    return this.tee(wordLocal(t));
  }

  /**
   * x>>>>p ^ x>>>>q ^ x>>>>r for p < q < r (>>>> rotates). Rotations share their shifts: the right halves are
   * ((x >> (r−q) ^ x) >> (q−p) ^ x) >> p, the left halves ((x << (q−p) ^ x) << (r−q) ^ x) << (32−r).
   */
  bigSigma(x: number, [p, q, r]: Three): this {
    this.rightHalves(x, [p, q, r]);
    this.get(x).shift(VECTOR_OP.shl, q - p).get(x).xor();
    this.shift(VECTOR_OP.shl, r - q).get(x).xor();
    return this.shift(VECTOR_OP.shl, 32 - r).xor();
  }

  /** x>>p ^ x>>>>q ^ x>>>>r, likewise. */
  smallSigma(x: number, [p, q, r]: Three): this {
    this.rightHalves(x, [p, q, r]);
    this.get(x).shift(VECTOR_OP.shl, r - q).get(x).xor();
    return this.shift(VECTOR_OP.shl, 32 - r).xor();
  }

  rightHalves(x: number, [p, q, r]: Three): this {
    this.get(x).shift(VECTOR_OP.shrU, r - q).get(x).xor();
    return this.shift(VECTOR_OP.shrU, q - p).get(x).xor().shift(VECTOR_OP.shrU, p);
  }
}

type Three = readonly [number, number, number];
type Eight = [number, number, number, number, number, number, number, number];

/** The nonce is word 11 itself; other words take turns in sixteen locals. */
function wordLocal(t: number): number {
  return t === NONCE_WORD ? NONCE : WORDS + (t & 15);
}

/** Where round t leaves a ^ b for the next. */
function pair(t: number): number {
  return PAIR + (t & 1);
}
