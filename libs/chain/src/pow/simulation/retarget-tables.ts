import type { ProofOfWorkRules } from '../retarget.js';
import type { Scenario } from './scenario.js';
import { changingLengths, everything, jumping, repeated, ROUND_LENGTHS_MS, RULES, scenariosOf, steady } from './scenarios.js';
import { simulateSealing } from './simulate-sealing.js';
import { summariseSealing } from './summarise-sealing.js';
import type { SealingSummary } from './summarise-sealing.js';

/** Runs of a scenario, with different seeds, that one row of a table is computed from. */
const RUNS = 3;
const RUNS_OF_SHARES = 20;
const MAX_P99 = 0.05;
const SHARES_PPM = [8_000, 7_500] as const;
const FLOORS = ['65536', '16384', '4096', '1024'] as const;
const WINDOWS = [8, 16, 32, 64, 128] as const;
const JUMPS_EVERY = [500, 250, 100, 50] as const;
const [MINUTE_MS, , SHORT_MS] = ROUND_LENGTHS_MS;

/** The generated tables of docs/RETARGET.md, by the name of their place in it. Each takes a second or so. @returns Markdown */
export const RETARGET_TABLES: Readonly<Record<string, () => string>> = {
  scenarios: () => {
    const row = (length: string, scenario: Scenario) => {
      const { meanShare, sealing, p99OfRuns, p99SealMs, waiting } = summaryOf(scenario);
      return [
        length, scenario.name, percent(meanShare), percent(sealing.median), percent(sealing.p99), range(p99OfRuns), milliseconds(p99SealMs),
        percent(sealing.longest), waiting.most, waiting.last === 0 ? '–' : count(waiting.last),
      ];
    };
    return table(
      ['rounds', 'what happens', 'mean share', 'median', 'p99', 'p99 by run', 'p99, ms', 'longest', 'most waiting', 'last waited'],
      [
        ...ROUND_LENGTHS_MS.flatMap((roundMs) => scenariosOf(roundMs).map((scenario) => row(`${roundMs / 1000} s`, scenario))),
        row('mixed', changingLengths()),
      ],
    );
  },

  shares: () => table(
    ['σ', 'mean share', 'p99', 'p99 by run', `runs of ${RUNS_OF_SHARES} above ${100 * MAX_P99} %`],
    SHARES_PPM.map((sigmaPpm) => {
      const { meanShare, sealing, p99OfRuns } = summaryOf(everything(MINUTE_MS, { sigmaPpm }), RUNS_OF_SHARES);
      return [
        chosen(`${count(sigmaPpm)} ppm`, sigmaPpm === RULES.sigmaPpm), percent(meanShare), percent(sealing.p99), range(p99OfRuns),
        p99OfRuns.filter((p99) => p99 > MAX_P99).length,
      ];
    }),
  ),

  jumps: () => table(
    ['a jump every', 'mean share', 'p99', 'longest'],
    JUMPS_EVERY.map((every) => {
      const { meanShare, sealing } = summaryOf(jumping(MINUTE_MS, every));
      return [`${every} rounds`, percent(meanShare), percent(sealing.p99), percent(sealing.longest)];
    }),
  ),

  windows: () => {
    const scenarios = (rules: Partial<ProofOfWorkRules>) => [steady(MINUTE_MS, rules), jumping(MINUTE_MS, 500, rules), everything(MINUTE_MS, rules)];
    return table(
      ['W', 'mean share, steady', 'p99', 'mean share, ×10 or ÷10', 'p99', 'mean share, all at once', 'p99'],
      WINDOWS.map((window) => [chosen(String(window), window === RULES.window), ...scenarios({ window }).flatMap(shareAndP99)]),
    );
  },

  floors: () => table(
    ['E_floor', 'mean share, steady', 'p99', 'mean share, ×10 or ÷10', 'p99'],
    FLOORS.map((floor) => [
      chosen(count(Number(floor)), floor === RULES.floor),
      ...[steady(SHORT_MS, { floor }), jumping(SHORT_MS, 500, { floor })].flatMap(shareAndP99),
    ]),
  ),
};

function summaryOf(scenario: Scenario, runs = RUNS): SealingSummary {
  return summariseSealing(repeated(scenario, runs).map((run) => simulateSealing(run)));
}

function shareAndP99(scenario: Scenario): string[] {
  const { meanShare, sealing } = summaryOf(scenario);
  return [percent(meanShare), percent(sealing.p99)];
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 2 : 0)} %`;
const range = (ascending: readonly number[]): string => `${percent(ascending[0] as number)} – ${percent(ascending.at(-1) as number)}`;
const milliseconds = (ms: number): string => (ms < 100 ? ms.toFixed(1) : count(Math.round(ms)));
const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
const chosen = (text: string, isChosen: boolean): string => (isChosen ? `**${text}**` : text);

type Cells = readonly (string | number)[];

/** Columns of figures are aligned right. */
function table(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.join(' | ')} |`;
  const isOfFigures = (column: number) => column > 0 && rows.some((row) => /^[\d.]+/.test(String(row[column])));
  return [line(head), line(head.map((_, column) => (isOfFigures(column) ? '---:' : '---'))), ...rows.map(line)].join('\n');
}
