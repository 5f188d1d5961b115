import type { ProofOfWorkRules } from '../retarget.js';

/** What holds from a round on; what is left out stays as it was. */
export interface Change {
  /** Counts from 0. */
  readonly fromRound: number;
  /** From one round's close to the next one's, ms; every round differs from it by up to `ROUND_JITTER`. */
  readonly roundMs?: number;
  /** Hash rate of all threads together, tries per second. */
  readonly triesPerSecond?: number;
  /** The wall clock is set by this much, once, ms. */
  readonly setClockMs?: number;
  /** Searches are cut short, each with this chance, 0 to 1: the coordinator ends and starts again. */
  readonly cutShare?: number;
}

/** Rounds of a federation, and what happens to it meanwhile. */
export interface Scenario {
  readonly name: string;
  /** u32 */
  readonly seed: number;
  readonly rounds: number;
  readonly rules: ProofOfWorkRules;
  /** In order of `fromRound`; the first is from round 0 on and gives `roundMs` and `triesPerSecond`. */
  readonly changes: readonly Change[];
}

/** A round is up to this part of its length longer or shorter. */
export const ROUND_JITTER = 0.2;
/** From a find to the next search: the transaction that appends the block. */
export const APPEND_MS = 5;
/** From the start of a search, by which its time is measured, until its threads try the first nonce: measured. */
export const HAND_OVER_MS = 0.3;
/** From a cut to the search that follows it. No round closes meanwhile, and only the wall clock goes on. */
export const RESTART_MS = 2_000;
