import type { ProofOfWorkRules } from '../retarget.js';
import { difficultyFor } from '../target.js';
import type { Change, Scenario } from './scenario.js';

/** One search thread's rate, about. */
export const TRIES_PER_SECOND = 20_000_000;
export const ROUND_LENGTHS_MS = [60_000, 5_000, 200] as const;
const ROUNDS = 4_000;
/** A charter's start value is this much of the measured rate. */
const START_MS = 250;
const HOUR_MS = 3_600_000;

export const RULES: ProofOfWorkRules = {
  sigmaPpm: 8_000,
  window: 32,
  floor: '4096',
  start: difficultyFor(BigInt((TRIES_PER_SECOND / 1000) * START_MS)),
};

/** The hash rate's levels, one after another: ×10 down, up, up and down again. */
const LEVELS = [1, 0.1, 1, 10] as const;

/** The hash rate jumps to its next level every so many rounds. */
function jumps(everyRounds: number): Change[] {
  return Array.from({ length: Math.ceil(ROUNDS / everyRounds) - 1 }, (_, i) => (
    { fromRound: (i + 1) * everyRounds, triesPerSecond: TRIES_PER_SECOND * (LEVELS[(i + 1) % LEVELS.length] as number) }
  ));
}

function setBack(roundMs: number): Change[] {
  return [700, 1_700, 2_700].map((fromRound) => ({ fromRound, setClockMs: -60 * roundMs }));
}

function scenario(name: string, roundMs: number, changes: readonly Change[], rules: Partial<ProofOfWorkRules> = {}): Scenario {
  const first: Change = { fromRound: 0, roundMs, triesPerSecond: TRIES_PER_SECOND };
  const inOrder = changes.toSorted((a, b) => a.fromRound - b.fromRound);
  return { name, seed: 1, rounds: ROUNDS, rules: { ...RULES, ...rules }, changes: [first, ...inOrder] };
}

export const steady = (roundMs: number, rules?: Partial<ProofOfWorkRules>): Scenario => scenario('steady', roundMs, [], rules);

export const jumping = (roundMs: number, everyRounds: number, rules?: Partial<ProofOfWorkRules>): Scenario =>
  scenario(`hash rate ×10 or ÷10 every ${everyRounds} rounds`, roundMs, jumps(everyRounds), rules);

export const everything = (roundMs: number, rules?: Partial<ProofOfWorkRules>): Scenario =>
  scenario('all of it at once', roundMs, [{ fromRound: 0, cutShare: 0.1 }, ...jumps(500), ...setBack(roundMs)], rules);

/** What every length of round goes through. */
export function scenariosOf(roundMs: number): Scenario[] {
  return [
    steady(roundMs),
    jumping(roundMs, 500),
    scenario('clock set back by 60 rounds, three times', roundMs, setBack(roundMs)),
    scenario('clock set back by an hour, on by a day and back', roundMs, [
      { fromRound: 500, setClockMs: -HOUR_MS }, { fromRound: 2_000, setClockMs: 24 * HOUR_MS }, { fromRound: 2_100, setClockMs: -24 * HOUR_MS },
    ]),
    scenario('one search in ten cut short', roundMs, [{ fromRound: 0, cutShare: 0.1 }]),
    everything(roundMs),
  ];
}

/** Runs that follow each other, with rounds of very different lengths. */
export function changingLengths(): Scenario {
  return scenario('rounds of 60 s, 0.2 s, 60 s and 5 s, 1,000 each', 60_000, [
    { fromRound: 1_000, roundMs: 200 }, { fromRound: 2_000, roundMs: 60_000 }, { fromRound: 3_000, roundMs: 5_000 },
  ]);
}

/** The same happens again and again, with other draws. @returns the scenario with as many seeds, its own and those after it. */
export function repeated(scenario: Scenario, runs: number): Scenario[] {
  return Array.from({ length: runs }, (_, run) => ({ ...scenario, seed: scenario.seed + run }));
}
