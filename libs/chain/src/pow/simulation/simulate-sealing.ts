import { CHUNK_MS } from '../chunk-tries.js';
import { nextDifficulty } from '../retarget.js';
import type { MeasuredHeader } from '../retarget.js';
import type { Difficulty } from '../target.js';
import { APPEND_MS, HAND_OVER_MS, RESTART_MS, ROUND_JITTER } from './scenario.js';
import type { Change, Scenario } from './scenario.js';
import { seededRandom } from './seeded-random.js';
import type { SeededRandom } from './seeded-random.js';

/** Wall clock at the start, ms since the epoch. */
const EPOCH_MS = 1_750_000_000_000;

/**
 * One round's way into the chain. Times are ms since the start by a clock that nobody sets and that stands still while the
 * coordinator is down.
 */
export interface SealedRound {
  /** What rounds should last, ms. */
  readonly roundMs: number;
  readonly closedMs: number;
  /** When its block is appended. */
  readonly sealedMs: number;
  /** Earlier rounds that were not sealed when this one closed. */
  readonly waiting: number;
}

export interface SimulatedBlock {
  readonly header: MeasuredHeader;
  /** How long was searched for it, searches that were cut short included, ms. */
  readonly searchMs: number;
}

export interface SimulatedChain {
  readonly rounds: readonly SealedRound[];
  /** Genesis not among them. */
  readonly blocks: readonly SimulatedBlock[];
}

/**
 * Runs a scenario through the retarget rule. Rounds close in their own time and wait for nothing; a search starts when none
 * runs and a closed round waits, and its block seals every round that has closed by then. A search that is cut short is
 * lost: another begins, with the rounds that closed meanwhile and a sealStartMs of its own. How many tries a search needs
 * is drawn from the exponential distribution; its header's timestamp is that of the chunk in which it ends.
 *
 * @param next the rule; what is simulated is the real one unless a test wants to see another fail
 */
export function simulateSealing(scenario: Scenario, next: typeof nextDifficulty = nextDifficulty): SimulatedChain {
  const random = seededRandom(scenario.seed);
  const closes = closingRounds(scenario, random);
  const headers: MeasuredHeader[] = [{ height: 0, sealStartMs: 0, timestampMs: 0, rounds: 0, ...scenario.rules.start }];
  const rounds: Omit<SealedRound, 'waiting'>[] = [];
  const blocks: SimulatedBlock[] = [];
  let freeMs = 0;
  let downMs = 0;
  while (rounds.length < closes.length) {
    const difficulty = next(scenario.rules, headers.slice(-scenario.rules.window), headers.length);
    const firstMs = Math.max(freeMs, (closes[rounds.length] as ClosingRound).closedMs);
    let startMs = firstMs;
    let end = closedBy(closes, startMs, rounds.length);
    let searched = search(difficulty, closes[end - 1] as ClosingRound, random);
    while (searched.isCut) {
      startMs += searched.elapsedMs;
      downMs += RESTART_MS;
      end = closedBy(closes, startMs, rounds.length);
      searched = search(difficulty, closes[end - 1] as ClosingRound, random);
    }
    const foundMs = startMs + searched.elapsedMs;
    const { clockMs } = closes[end - 1] as ClosingRound;
    const previous = headers.at(-1) as MeasuredHeader;
    const sealStartMs = Math.max(Math.floor(EPOCH_MS + startMs + downMs + clockMs), previous.timestampMs);
    const header = {
      height: headers.length, rounds: end - rounds.length, sealStartMs, timestampMs: sealStartMs + searched.stampedMs, ...difficulty,
    };
    headers.push(header);
    blocks.push({ header, searchMs: foundMs - firstMs });
    freeMs = foundMs + APPEND_MS;
    for (const { roundMs, closedMs } of closes.slice(rounds.length, end)) rounds.push({ roundMs, closedMs, sealedMs: freeMs });
  }
  return { rounds: withWaiting(rounds), blocks };
}

/** What holds when a round closes. */
interface Circumstances {
  readonly roundMs: number;
  readonly triesPerMs: number;
  readonly cutShare: number;
  /** How far the wall clock is from one that nobody ever set. */
  readonly clockMs: number;
}

interface ClosingRound extends Circumstances {
  readonly closedMs: number;
}

function closingRounds({ rounds, changes }: Scenario, random: SeededRandom): ClosingRound[] {
  const pending = [...changes];
  let now: Circumstances = { roundMs: 0, triesPerMs: 0, cutShare: 0, clockMs: 0 };
  let closedMs = 0;
  return Array.from({ length: rounds }, (_, round) => {
    while (pending[0] !== undefined && pending[0].fromRound <= round) now = changed(now, pending.shift() as Change);
    closedMs += now.roundMs * (1 + ROUND_JITTER * (2 * random.uniform() - 1));
    return { ...now, closedMs };
  });
}

function changed(now: Circumstances, { roundMs, triesPerSecond, setClockMs = 0, cutShare }: Change): Circumstances {
  return {
    roundMs: roundMs ?? now.roundMs,
    triesPerMs: triesPerSecond === undefined ? now.triesPerMs : triesPerSecond / 1000,
    cutShare: cutShare ?? now.cutShare,
    clockMs: now.clockMs + setClockMs,
  };
}

interface Search {
  readonly isCut: boolean;
  /** How long it took, found or cut. */
  readonly elapsedMs: number;
  /** How long its header would say that it took. */
  readonly stampedMs: number;
}

function search({ k, m }: Difficulty, { triesPerMs, cutShare }: Circumstances, random: SeededRandom): Search {
  const meanTries = 2 ** (32 + k) / m;
  const searchingMs = random.exponential(meanTries) / triesPerMs;
  // Of two exponential clocks, the cut's rings first with a chance of `cutShare`.
  const cutMs = cutShare === 0 ? Infinity : random.exponential((meanTries * (1 - cutShare)) / cutShare) / triesPerMs;
  return {
    isCut: cutMs < searchingMs,
    elapsedMs: HAND_OVER_MS + Math.min(searchingMs, cutMs),
    stampedMs: Math.floor(HAND_OVER_MS + Math.floor(searchingMs / CHUNK_MS) * CHUNK_MS),
  };
}

/** @returns how many rounds have closed by then, at least one more than are sealed. */
function closedBy(closes: readonly ClosingRound[], timeMs: number, sealed: number): number {
  let count = sealed + 1;
  while (count < closes.length && (closes[count] as ClosingRound).closedMs <= timeMs) count++;
  return count;
}

function withWaiting(rounds: readonly Omit<SealedRound, 'waiting'>[]): SealedRound[] {
  let sealed = 0;
  return rounds.map((round, index) => {
    while (sealed < index && (rounds[sealed] as SealedRound).sealedMs <= round.closedMs) sealed++;
    return { ...round, waiting: index - sealed };
  });
}
