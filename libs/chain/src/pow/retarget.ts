import { ChainError } from '../chain-error.js';
import type { Header } from '../header/header.js';
import { difficultyFor, work } from './target.js';
import type { Difficulty } from './target.js';

/** The charter's `proofOfWork`. */
export interface ProofOfWorkRules {
  /** σ: the search's share of the time between two blocks with rounds, parts per million. */
  readonly sigmaPpm: number;
  /** W: how many headers the search's speed is measured over. */
  readonly window: number;
  /** E_floor: the fewest expected tries, a decimal integer of at least 1. */
  readonly floor: string;
  /** The difficulty until two blocks beside genesis have been measured. */
  readonly start: Difficulty;
}

/** What the rule reads of a header. */
export type MeasuredHeader = Pick<Header, 'height' | 'sealStartMs' | 'timestampMs' | 'rounds' | 'k' | 'm'>;

const PPM = 1_000_000n;
/** τ stays within these. */
const MIN_TARGET_MS = 1n;
const MAX_TARGET_MS = 30_000n;
/** A search counts as at most eight times the longest aim: a machine that slept must not make the next block free. */
const MAX_SEARCH_MS = 8 * Number(MAX_TARGET_MS);

/**
 * The difficulty of the next header, from headers alone and in integers (docs/CHAIN.md, "Proof of work").
 *
 * Bitcoin measures the spacing of blocks; here spacing is training time, so the search itself is measured: over the
 * last n headers, `E' = ⌊Σ work · τ / t⌋`, where t is the time their searches took and τ the time that one should take,
 * σ of the usual gap between blocks with rounds. Where the window holds fewer than two such blocks there is no gap, and
 * `E'` is the previous header's work.
 *
 * @param recent the newest headers, lowest first, ending with the chain's last; at least the last `rules.window`
 *   (all of a shorter chain; genesis may be left out)
 * @param chainLength how many headers the chain has, which is the next header's height
 * @throws ChainError `pow.retarget-window` when `recent` is not that
 */
export function nextDifficulty(
  rules: ProofOfWorkRules,
  recent: readonly MeasuredHeader[],
  chainLength: number,
): Difficulty {
  const n = Math.min(rules.window, chainLength - 1);
  if (chainLength < 3) return rules.start;
  const measured = recent.slice(-n);
  const first = chainLength - n;
  if (measured.length < n || measured.some(({ height }, i) => height !== first + i)) {
    throw new ChainError('pow.retarget-window', `Give the headers ${first} to ${chainLength - 1}, lowest first.`);
  }
  const previous = measured.at(-1) as MeasuredHeader;
  const before = work(previous.k, previous.m);
  const wanted = wantedTries(rules, measured) ?? before;
  return difficultyFor(max(BigInt(rules.floor), clamp(wanted, before / 2n, 2n * before)));
}

/** E', or undefined without a gap to aim by. Times are safe integers, and so is the sum of at most 4,096 searches. */
function wantedTries(rules: ProofOfWorkRules, measured: readonly MeasuredHeader[]): bigint | undefined {
  const starts = measured.filter(({ rounds }) => rounds > 0).map(({ sealStartMs }) => sealStartMs);
  const gap = lowerMedian(starts.slice(1).map((start, i) => start - (starts[i] as number)));
  if (gap === undefined) return undefined;
  const aim = clamp((BigInt(gap) * BigInt(rules.sigmaPpm)) / PPM, MIN_TARGET_MS, MAX_TARGET_MS);
  let tries = 0n;
  let time = 0;
  for (const { k, m, sealStartMs, timestampMs } of measured) {
    tries += work(k, m);
    time += Math.min(MAX_SEARCH_MS, Math.max(1, timestampMs - sealStartMs));
  }
  return (tries * aim) / BigInt(time);
}

/** The middle value, of an even number the smaller of the two in the middle; undefined of none. */
function lowerMedian(values: readonly number[]): number | undefined {
  // A typed array sorts by value, and several times as fast as an array with a comparison.
  return Float64Array.from(values).sort()[(values.length - 1) >> 1];
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  return value < low ? low : value > high ? high : value;
}
