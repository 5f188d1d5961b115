import { messageSchedule, ROUND_CONSTANTS, runRounds, smallSigma0, smallSigma1 } from './sha256-words.js';

/**
 * What does not change from nonce to nonce within a chunk, worked out once per chunk and handed to the kernel as
 * "slots": 16 bytes of its memory each, one word repeated for the four lanes.
 *
 * The last SHA-256 block of a header holds its bytes 128–175 as words 0–11 and the padding as words 12–15; only word
 * 11, the nonce's low half, varies. It enters round 11 by addition alone, so the state after rounds 0–11 is known but
 * for `+ nonce` in `a` and `e`, and of the message schedule words 16, 17, 19, 21 and 23 are known as a whole, most
 * others up to 39 in part.
 */

/** The word that varies: bytes 172–175 of the header. */
export const NONCE_WORD = 11;
/** The first round that the kernel runs itself. */
export const FIRST_ROUND = NONCE_WORD + 1;

/** One term of word t = σ1(t−2) + (t−7) + σ0(t−15) + (t−16). */
export interface ScheduleTerm {
  readonly word: number;
  readonly sigma?: 0 | 1;
}

export function scheduleTerms(t: number): readonly ScheduleTerm[] {
  return [{ word: t - 2, sigma: 1 }, { word: t - 7 }, { word: t - 15, sigma: 0 }, { word: t - 16 }];
}

/** Whether schedule word t depends on the nonce's low half. */
export const VARIES: readonly boolean[] = (() => {
  const varies: boolean[] = [];
  for (let t = 0; t < 64; t++) {
    varies.push(t < 16 ? t === NONCE_WORD : scheduleTerms(t).some(({ word }) => varies[word]));
  }
  return varies;
})();

/** Whether a varying word has a part that does not vary. */
export function isPartlyKnown(t: number): boolean {
  return t >= 16 && VARIES[t] === true && scheduleTerms(t).some(({ word }) => !VARIES[word]);
}

/** Slot numbers. */
export const LIMIT_SLOT = 0;
/** a..h after round 11 with a nonce of zero. */
export const stateSlot = (variable: number): number => 1 + variable;
/** All that is known of what round t adds. */
export const roundSlot = (t: number): number => 9 + t;
/** The known part of schedule word t. */
export const wordSlot = (t: number): number => 73 + t;
export const SLOT_COUNT = 73 + 64;
export const SLOT_BYTES = 16;

/**
 * @param memory the kernel's memory as 32-bit words, at least 4 · SLOT_COUNT of them
 * @param midstate 8 words after the header's bytes 0–127
 * @param tail 16 words of the last block; word 11 is ignored
 * @param limit the largest first digest word that can meet the target
 */
export function fillSlots(memory: Uint32Array, midstate: Uint32Array, tail: Uint32Array, limit: number): void {
  const set = (slot: number, word: number) => memory.fill(word, 4 * slot, 4 * slot + 4);
  const block = Uint32Array.from(tail);
  block[NONCE_WORD] = 0;
  const state = runRounds(midstate, messageSchedule(block), 0, FIRST_ROUND);
  const known = knownSchedule(block);

  set(LIMIT_SLOT, limit);
  for (let i = 0; i < 8; i++) set(stateSlot(i), state[i] as number);
  for (let t = FIRST_ROUND; t < 64; t++) {
    let sum = ROUND_CONSTANTS[t] as number;
    if (VARIES[t]) set(wordSlot(t), known[t] as number);
    else sum += known[t] as number;
    // In rounds 12, 13 and 14 h is still what h, g and f were after round 11.
    if (t < FIRST_ROUND + 3) sum += state[7 - (t - FIRST_ROUND)] as number;
    // The digest's first word is `a` after round 63 plus the midstate's.
    if (t === 63) sum += midstate[0] as number;
    set(roundSlot(t), sum);
  }
}

/** The schedule's words as far as they are known: whole where nothing varies, else the sum of the known terms. */
function knownSchedule(block: Uint32Array): Uint32Array {
  const known = new Uint32Array(64);
  known.set(block);
  for (let t = 16; t < 64; t++) {
    for (const { word, sigma } of scheduleTerms(t)) {
      if (VARIES[word]) continue;
      const value = known[word] as number;
      known[t] = (known[t] as number) + (sigma === undefined ? value : sigma === 0 ? smallSigma0(value) : smallSigma1(value));
    }
  }
  return known;
}
