import { nextDifficulty } from '../pow/retarget.js';
import type { MeasuredHeader, ProofOfWorkRules } from '../pow/retarget.js';
import type { Difficulty } from '../pow/target.js';
import { powerQuotient, wholeQuotient } from './whole-quotient.js';
import { SortedNumbers } from './sorted-numbers.js';

/** Up to this k every sum of the rule is a safe integer, whatever the window: W ≤ 2^12 headers of work below 2^(k + 1). */
const MAX_PLAIN_K = 40;
const PPM = 1_000_000;
const MIN_TARGET_MS = 1;
const MAX_TARGET_MS = 30_000;
const MAX_SEARCH_MS = 8 * MAX_TARGET_MS;

interface Slot {
  readonly header: MeasuredHeader;
  readonly work: number;
  readonly searchMs: number;
}

/**
 * The difficulty rule (`nextDifficulty`) for a chain that is read header by header: sums and the sorted gaps are carried
 * along, so that a header costs the same whatever the window. The two are one rule; where plain numbers would not be exact,
 * `nextDifficulty` itself is asked.
 */
export class RetargetWindow {
  readonly #rules: ProofOfWorkRules;
  readonly #floor: bigint;
  /** A ring: headers after genesis, the oldest at `#oldest`. */
  readonly #slots: Slot[] = [];
  #oldest = 0;
  #length = 0;
  #work = 0;
  #searchMs = 0;
  /** Headers whose work is too large for plain numbers. */
  #wide = 0;
  /** sealStartMs of the window's headers with rounds, ascending; the first `#dropped` have left. */
  #starts: number[] = [];
  #dropped = 0;
  readonly #gaps = new SortedNumbers();

  constructor(rules: ProofOfWorkRules) {
    this.#rules = rules;
    this.#floor = BigInt(rules.floor);
  }

  /** Headers so far, genesis included: the next one's height. */
  get length(): number {
    return this.#length;
  }

  /** Takes in the next header; its height is `length`. */
  push(header: MeasuredHeader): void {
    this.#length++;
    // Genesis is never measured.
    if (this.#length === 1) return;
    if (this.#slots.length === this.#rules.window) this.#leave(this.#slots[this.#oldest] as Slot);
    const { k, m, rounds, sealStartMs, timestampMs } = header;
    const slot = { header, work: k > MAX_PLAIN_K ? 0 : powerQuotient(32 + k, m), searchMs: clamp(timestampMs - sealStartMs, 1, MAX_SEARCH_MS) };
    this.#work += slot.work;
    this.#searchMs += slot.searchMs;
    if (k > MAX_PLAIN_K) this.#wide++;
    if (rounds > 0) {
      if (this.#starts.length > this.#dropped) this.#gaps.add(sealStartMs - (this.#starts.at(-1) as number));
      this.#starts.push(sealStartMs);
    }
    if (this.#slots.length < this.#rules.window) this.#slots.push(slot);
    else {
      this.#slots[this.#oldest] = slot;
      this.#oldest = (this.#oldest + 1) % this.#rules.window;
    }
  }

  /** The difficulty of the next header. */
  next(): Difficulty {
    if (this.#length < 3) return this.#rules.start;
    const newest = this.#slots.at(this.#oldest - 1) as Slot;
    if (this.#wide > 0 || this.#floor > 2n ** BigInt(MAX_PLAIN_K)) return nextDifficulty(this.#rules, this.#recent(), this.#length);
    const before = newest.work;
    const wanted = this.#wanted(before);
    const tries = Math.max(Number(this.#floor), clamp(wanted, Math.floor(before / 2), 2 * before));
    const k = tries >= 2 ** 32 ? 63 - Math.clz32(Math.floor(tries / 2 ** 32)) : 31 - Math.clz32(tries);
    return { k, m: Math.min(2 ** 32 - 1, powerQuotient(32 + k, tries)) };
  }

  /** E'; the previous header's work where there is no gap to aim by. */
  #wanted(before: number): number {
    const gap = this.#gaps.lowerMedian();
    if (gap === undefined) return before;
    // Beyond 2^53 the product is not exact, and far above the longest aim.
    const aim = clamp(Math.floor((gap * this.#rules.sigmaPpm) / PPM), MIN_TARGET_MS, MAX_TARGET_MS);
    const product = this.#work * aim;
    if (product <= Number.MAX_SAFE_INTEGER) return wholeQuotient(product, this.#searchMs);
    // Above 2^42 the clamp to twice the work before decides, so the rounding of Number() does not.
    return Number((BigInt(this.#work) * BigInt(aim)) / BigInt(this.#searchMs));
  }

  #leave({ header, work, searchMs }: Slot): void {
    this.#work -= work;
    this.#searchMs -= searchMs;
    if (header.k > MAX_PLAIN_K) this.#wide--;
    if (header.rounds === 0) return;
    const start = this.#starts[this.#dropped++] as number;
    const next = this.#starts[this.#dropped];
    if (next !== undefined) this.#gaps.remove(next - start);
    if (this.#dropped > 1024 && this.#dropped * 2 > this.#starts.length) {
      this.#starts = this.#starts.slice(this.#dropped);
      this.#dropped = 0;
    }
  }

  #recent(): MeasuredHeader[] {
    return [...this.#slots.slice(this.#oldest), ...this.#slots.slice(0, this.#oldest)].map(({ header }) => header);
  }
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
