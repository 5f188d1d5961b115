import type { SealedRound, SimulatedChain } from './simulate-sealing.js';

/** What a scenario came to, over several runs of it. Shares are 0 to 1. */
export interface SealingSummary {
  /** Searching, of all time. */
  readonly meanShare: number;
  /** From a round's close to its block, of the length of a round. */
  readonly sealing: { readonly median: number; readonly p99: number; readonly longest: number };
  /** `sealing.p99` of each run by itself, ascending. */
  readonly p99OfRuns: readonly number[];
  /** From a round's close to its block, ms. */
  readonly p99SealMs: number;
  /** Earlier rounds that still waited when a round closed. */
  readonly waiting: {
    readonly most: number;
    /** The number of the last round, 1 for a run's first, at whose close one did; 0 when none ever waited. */
    readonly last: number;
  };
}

/** @param runs at least one, each of at least one round */
export function summariseSealing(runs: readonly SimulatedChain[]): SealingSummary {
  const rounds = runs.flatMap((run) => run.rounds);
  const searchMs = runs.flatMap(({ blocks }) => blocks.map((block) => block.searchMs));
  const totalMs = runs.map((run) => run.rounds.at(-1)?.sealedMs ?? 0);
  const sealing = rounds.map(sealingShare);
  return {
    meanShare: sum(searchMs) / sum(totalMs),
    sealing: { median: percentile(sealing, 0.5), p99: percentile(sealing, 0.99), longest: percentile(sealing, 1) },
    p99OfRuns: runs.map((run) => percentile(run.rounds.map(sealingShare), 0.99)).toSorted((a, b) => a - b),
    p99SealMs: percentile(rounds.map(({ closedMs, sealedMs }) => sealedMs - closedMs), 0.99),
    waiting: {
      most: percentile(rounds.map(({ waiting }) => waiting), 1),
      last: Math.max(...runs.map((run) => run.rounds.findLastIndex(({ waiting }) => waiting > 0) + 1)),
    },
  };
}

/** From a round's close to its block, of the length of a round. */
export function sealingShare({ closedMs, sealedMs, roundMs }: SealedRound): number {
  return (sealedMs - closedMs) / roundMs;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Nearest rank: the smallest value that at least `share` of them do not exceed. */
function percentile(values: readonly number[], share: number): number {
  return Float64Array.from(values).sort()[Math.ceil(share * values.length) - 1] as number;
}
