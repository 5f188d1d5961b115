import { work } from '../target.js';
import { TRIES_PER_SECOND, changingLengths, everything, ROUND_LENGTHS_MS, RULES } from './scenarios.js';
import type { Change, Scenario } from './scenario.js';
import { simulateSealing } from './simulate-sealing.js';
import type { SimulatedChain } from './simulate-sealing.js';
import { sealingShare } from './summarise-sealing.js';
import { Panel, svgOf } from './svg-panel.js';

/** Rounds that one point of a plot stands for. */
const BIN = 10;
/** What searching should take of a round at most, on average and in 99 of 100 cases. */
const LIMITS = [{ at: 0.01, label: 'mean' }, { at: 0.05, label: 'p99' }] as const;

/** @returns docs/retarget.svg. */
export function retargetPlot(): string {
  const [minute, seconds, short] = ROUND_LENGTHS_MS.map((roundMs) => {
    const scenario = everything(roundMs);
    return { scenario, chain: simulateSealing(scenario), title: `${roundMs / 1000} s rounds, all of it at once` };
  }) as [Simulated, Simulated, Simulated];
  const lengths = { scenario: changingLengths(), chain: simulateSealing(changingLengths()), title: '' };
  return svgOf('Sealing beside rounds, simulated', [
    sealingPanel(minute, LIMITS),
    difficultyPanel(minute),
    sealingPanel(seconds, LIMITS),
    sealingPanel(short, []),
    waitingPanel(lengths),
  ]);
}

interface Simulated {
  readonly scenario: Scenario;
  readonly chain: SimulatedChain;
  readonly title: string;
}

function sealingPanel({ scenario, chain, title }: Simulated, limits: readonly { readonly at: number; readonly label: string }[]): string {
  const panel = new Panel({
    title: `${title}: from a round's close to its block, % of the round`,
    legend: [{ style: 'line', text: `mean of ${BIN} rounds` }, { style: 'dots', text: `longest of ${BIN}` }],
    x: [0, scenario.rounds], y: [0.00005, 1], ticks: [[0.0001, '0.01 %'], [0.001, '0.1 %'], [0.01, '1 %'], [0.1, '10 %'], [1, '100 %']], isLog: true,
  });
  const bins = binned(chain.rounds.map(sealingShare));
  for (const { at, label } of limits) panel.limit(at, label);
  panel.dots(bins.map(({ x, values }) => [x, Math.max(...values)]));
  panel.line(bins.map(({ x, values }) => [x, values.reduce((sum, value) => sum + value, 0) / values.length]));
  return panel.events(events(scenario)).toString();
}

function difficultyPanel({ scenario, chain, title }: Simulated): string {
  const panel = new Panel({
    title: `${title}: expected tries of a block`,
    legend: [{ style: 'line', text: "the rule's" }, { style: 'step', text: 'σ of the round at the true hash rate' }],
    x: [0, scenario.rounds], y: [1_000, 1e9], ticks: [[1e3, '10³'], [1e5, '10⁵'], [1e7, '10⁷'], [1e9, '10⁹']], isLog: true,
  });
  panel.step(aimedTries(scenario));
  let round = 0;
  panel.line(chain.blocks.map(({ header: { k, m, rounds } }): [number, number] => [(round += rounds), Number(work(k, m))]).filter((_, i) => i % BIN === 0));
  return panel.events(events(scenario)).toString();
}

function waitingPanel({ scenario, chain }: Simulated): string {
  const panel = new Panel({
    title: 'Rounds of 60 s, 0.2 s, 60 s and 5 s: earlier rounds that still wait when one closes',
    legend: [{ style: 'line', text: `most in ${BIN} rounds` }],
    x: [0, scenario.rounds], y: [0, 16], ticks: [[0, '0'], [5, '5'], [10, '10'], [15, '15']], isLog: false,
  });
  panel.line(binned(chain.rounds.map(({ waiting }) => waiting)).map(({ x, values }) => [x, Math.max(...values)]));
  return panel.events(events(scenario)).xAxis('rounds').toString();
}

function binned(values: readonly number[]): { readonly x: number; readonly values: readonly number[] }[] {
  return Array.from({ length: Math.ceil(values.length / BIN) }, (_, bin) => (
    { x: BIN * (bin + 0.5), values: values.slice(BIN * bin, BIN * (bin + 1)) }
  ));
}

/** What the rule would ask for if it knew the hash rate: corners of a line of steps. */
function aimedTries({ changes, rounds }: Scenario): [number, number][] {
  const corners: [number, number][] = [];
  let { roundMs = 0, triesPerSecond = 0 } = changes[0] as Change;
  for (const change of changes) {
    roundMs = change.roundMs ?? roundMs;
    triesPerSecond = change.triesPerSecond ?? triesPerSecond;
    corners.push([change.fromRound, (triesPerSecond * roundMs * RULES.sigmaPpm) / 1e9]);
  }
  return [...corners, [rounds, (corners.at(-1) as [number, number])[1]]];
}

function events({ changes }: Scenario): { readonly x: number; readonly label: string }[] {
  let rate = TRIES_PER_SECOND;
  return changes.flatMap(({ fromRound, triesPerSecond = rate, setClockMs, roundMs }) => {
    const isFaster = triesPerSecond > rate;
    const label =
      setClockMs !== undefined ? 'clock back'
      : triesPerSecond !== rate ? (isFaster ? '×10' : '÷10')
      : roundMs !== undefined && fromRound > 0 ? `${roundMs / 1000} s`
      : undefined;
    rate = triesPerSecond;
    return label === undefined ? [] : [{ x: fromRound, label }];
  });
}
