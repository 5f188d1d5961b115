import { monotonic } from '../plot/curve-rules.js';
import { lineCharts, type Chart } from '../plot/line-chart.js';
import type { RowResult, TrialResult } from './results.js';
import type { Row } from './rows.js';

const BEGIN = '<!-- results: written by npm run bench:mcmahan -->';
const END = '<!-- end of results -->';

/** Puts the results between the document's two markers. @throws Error when it lacks them */
export function withResults(document: string, rows: readonly RowResult[], plots: string): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error('docs/MCMAHAN.md has lost the two comments that its results stand between.');
  return `${document.slice(0, from)}${BEGIN}\n\n${resultLines(rows, plots).join('\n')}\n\n${document.slice(to)}`;
}

export function resultLines(rows: readonly RowResult[], plots: string): string[] {
  return [
    '| row | E | B | data | paper, rounds to 99 % | aim | ours, to 99 % | ours, to 98 % | best accuracy | learning rate | seeds | rounds run |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ row, chosen }) => `| ${[
      `\`${row.id}\``, row.epochs, batchText(row), dataText(row), row.paper, row.aim === null ? '–' : `≤ ${row.aim}`,
      verdict(row, chosen.to99, chosen.rounds), roundsText(chosen.to98, chosen.rounds), percent(chosen.best),
      chosen.learningRate, chosen.seeds, chosen.rounds,
    ].join(' | ')} |`),
    '',
    'Every curve:',
    '',
    '| curve | learning rate | seed | rounds run | to 98 % | to 99 % | best accuracy (round) | last |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.flatMap(({ row, trials }) => trials.map((trial) => trialLine(row, trial))),
    '',
    ...rows.flatMap(({ row }) => [`![${row.id}](${plots}/${row.id}.svg)`, '']),
  ].slice(0, -1);
}

function trialLine(row: Row, { learningRate, seed, curve, to98, to99, best }: TrialResult): string {
  const last = curve.at(-1)!;
  return `| ${[
    `\`${row.id}\``, learningRate, seed, last.round, roundsText(to98, last.round), roundsText(to99, last.round),
    `${percent(best.accuracy)} (${best.round})`, percent(last.accuracy),
  ].join(' | ')} |`;
}

/** Accuracy of every trial of a row, as it was and monotonic as the paper reads it. */
export function rowPlot({ row, trials }: RowResult): string {
  const charts: Chart[] = [
    {
      title: 'test accuracy from 97 %, monotonic as the paper reads it',
      xLabel: 'round', y: [0.97, 1], yText: percentTick, legendAt: 'bottom',
      level: { y: 0.99, label: '99 %' },
      series: trials.map((trial) => ({ label: labelOf(trial), points: monotonic(trial.curve).map(({ round, accuracy }) => [round, accuracy] as const) })),
    },
    {
      title: 'test accuracy from 90 %, as measured',
      xLabel: 'round', y: [0.9, 1], yText: percentTick, legendAt: 'bottom',
      level: { y: 0.99, label: '99 %' },
      series: trials.map((trial) => ({ label: labelOf(trial), points: trial.curve.map(({ round, accuracy }) => [round, accuracy] as const) })),
    },
  ];
  return lineCharts(`McMahan's CNN on MNIST, 100 clients, C = 0.1: E = ${row.epochs}, B = ${batchText(row)}, ${dataText(row)}`, charts);
}

function labelOf({ learningRate, seed }: TrialResult): string {
  return `rate ${learningRate}, seed ${seed}`;
}

function verdict({ aim }: Row, to99: number | null, rounds: number): string {
  const text = roundsText(to99, rounds);
  if (aim === null) return text;
  if (to99 === null) return rounds >= aim ? `${text}: missed` : text;
  return `${text}: ${to99 <= aim ? 'met' : 'missed'}`;
}

function roundsText(rounds: number | null, run: number): string {
  return rounds === null ? `not in ${run}` : rounds.toFixed(1);
}

function batchText({ batchSize }: Row): string {
  return batchSize === 600 ? '∞' : String(batchSize);
}

function dataText({ partition }: Row): string {
  return partition === 'iid' ? 'IID' : 'non-IID, 2 shards';
}

function percent(accuracy: number): string {
  return `${(accuracy * 100).toFixed(2)} %`;
}

function percentTick(value: number): string {
  return `${Number((value * 100).toFixed(1))} %`;
}
