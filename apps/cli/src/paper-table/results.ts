import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { roundsTo, type Measured } from '../plot/curve-rules.js';
import { parseCurve } from '../simulate/curve.js';
import { parseTrialName, ROWS, type Row, type Trial } from './rows.js';

/** A trial's curve, and what the paper's rule reads from it. */
export interface TrialResult extends Trial {
  readonly curve: readonly (Measured & { readonly loss: number | null })[];
  readonly to98: number | null;
  readonly to99: number | null;
  /** Greatest accuracy and the round that had it first. */
  readonly best: Measured;
}

/** Of one learning rate over its seeds, medians; a seed that missed counts as more than any that did not. */
export interface RateResult {
  readonly learningRate: number;
  readonly seeds: number;
  /** Rounds run, of the shortest curve. */
  readonly rounds: number;
  readonly to98: number | null;
  readonly to99: number | null;
  readonly best: number;
}

export interface RowResult {
  readonly row: Row;
  readonly trials: readonly TrialResult[];
  readonly rates: readonly RateResult[];
  /** By the paper's rule: the rate that reaches 99 % first; where none does, 98 %; else the one that came highest. */
  readonly chosen: RateResult;
}

/** @returns rows that have at least one point, in the paper's order */
export async function readResults(folder: string): Promise<RowResult[]> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl')).sort();
  const trials: TrialResult[] = [];
  for (const file of files) {
    const trial = parseTrialName(file.slice(0, -'.jsonl'.length));
    const text = await readFile(join(folder, file), 'utf8');
    if (trial) trials.push(...measure(trial, text.slice(0, text.lastIndexOf('\n') + 1)));
  }
  return ROWS.flatMap((row) => {
    const own = trials.filter((trial) => trial.row.id === row.id);
    return own.length === 0 ? [] : [rowResult(row, own)];
  });
}

function measure(trial: Trial, text: string): TrialResult[] {
  const curve = parseCurve(text).flatMap(({ round, accuracy, loss }) => (accuracy === null ? [] : [{ round, accuracy, loss }]));
  if (curve.length === 0) return [];
  const best = curve.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return [{ ...trial, curve, best, to98: roundsTo(curve, 0.98), to99: roundsTo(curve, 0.99) }];
}

export function rowResult(row: Row, trials: readonly TrialResult[]): RowResult {
  const learningRates = [...new Set(trials.map(({ learningRate }) => learningRate))].sort((a, b) => a - b);
  const rates = learningRates.map((learningRate) => rateResult(learningRate, trials.filter((trial) => trial.learningRate === learningRate)));
  const chosen = rates.reduce((a, b) => (isBefore(b, a) ? b : a));
  return { row, trials, rates, chosen };
}

function rateResult(learningRate: number, trials: readonly TrialResult[]): RateResult {
  return {
    learningRate,
    seeds: trials.length,
    rounds: Math.min(...trials.map(({ curve }) => curve.at(-1)!.round)),
    to98: median(trials.map(({ to98 }) => to98)),
    to99: median(trials.map(({ to99 }) => to99)),
    best: median(trials.map(({ best }) => best.accuracy))!,
  };
}

function isBefore(a: RateResult, b: RateResult): boolean {
  for (const key of ['to99', 'to98'] as const) {
    const [mine, other] = [a[key] ?? Infinity, b[key] ?? Infinity];
    if (mine !== other) return mine < other;
  }
  return a.best > b.best;
}

/** The lower of the two middle ones where there is an even number. */
function median(values: readonly (number | null)[]): number | null {
  return values.toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity))[Math.floor((values.length - 1) / 2)] ?? null;
}
