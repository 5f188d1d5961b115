import { describe, expect, it } from 'vitest';
import { nextDifficulty } from '../retarget.js';
import { difficultyFor } from '../target.js';
import type { Scenario } from './scenario.js';
import { changingLengths, everything, jumping, repeated, ROUND_LENGTHS_MS, RULES, scenariosOf, steady } from './scenarios.js';
import { simulateSealing } from './simulate-sealing.js';
import { summariseSealing } from './summarise-sealing.js';

const MAX_SHARE = 0.01;
const MAX_P99 = 0.05;
const MINUTE_MS = 60_000;
const SHORT_MS = 200;

const summaryOf = (scenario: Scenario, rule?: typeof nextDifficulty) =>
  summariseSealing(repeated(scenario, 3).map((run) => simulateSealing(run, rule)));

describe.each(ROUND_LENGTHS_MS.map((roundMs) => [roundMs]))('three times 4,000 rounds of %i ms', (roundMs) => {
  it.each(scenariosOf(roundMs).map((scenario) => [scenario.name, scenario] as const))('are sealed beside training: %s', (_, scenario) => {
    const { meanShare, sealing, waiting } = summaryOf(scenario);
    expect(meanShare).toBeLessThanOrEqual(MAX_SHARE);
    if (roundMs === MINUTE_MS) expect(sealing.p99).toBeLessThanOrEqual(MAX_P99);
    // The start value's search is longer than a short round, so that the first few rounds may have to wait.
    expect(waiting.last).toBeLessThanOrEqual(roundMs === SHORT_MS ? 12 : 0);
  });
});

describe('a simulated federation', () => {
  it('works off what waits when rounds become short', () => {
    const { waiting } = summaryOf(changingLengths());
    expect(waiting.most).toBeGreaterThan(1);
    expect(waiting.last).toBeGreaterThan(1_000);
    expect(waiting.last).toBeLessThan(1_100);
  });

  it('seals every round once, in order, in blocks of which each begins after the last', () => {
    const scenario = everything(SHORT_MS);
    const { rounds, blocks } = simulateSealing({ ...scenario, rounds: 1_500 });
    expect(rounds).toHaveLength(1_500);
    expect(blocks.reduce((sum, { header }) => sum + header.rounds, 0)).toBe(1_500);
    rounds.forEach(({ closedMs, sealedMs, waiting }, i) => {
      expect(sealedMs).toBeGreaterThan(closedMs);
      // Counted here one by one.
      expect(waiting).toBe(rounds.slice(Math.max(0, i - 50), i).filter((earlier) => earlier.sealedMs > closedMs).length);
    });
    blocks.forEach(({ header }, i) => {
      expect(header.height).toBe(i + 1);
      expect(header.timestampMs).toBeGreaterThanOrEqual(header.sealStartMs);
      expect(header.sealStartMs).toBeGreaterThanOrEqual(blocks[i - 1]?.header.timestampMs ?? 0);
    });
  });

  it('lets headers show a clock that was set back', () => {
    const { blocks } = simulateSealing({ ...scenariosOf(MINUTE_MS)[2] as Scenario, rounds: 800 });
    const heights = blocks.flatMap(({ header }, i) => (header.sealStartMs === blocks[i - 1]?.header.timestampMs ? [header.height] : []));
    expect(heights.length).toBeGreaterThan(50);
    expect(Math.min(...heights)).toBeGreaterThan(690);
    expect(Math.max(...heights)).toBeLessThan(770);
  });

  it('counts searches that were cut short as searching, not as the time that headers give', () => {
    const scenario = { ...steady(MINUTE_MS), rounds: 400 };
    const measured = (cutShare: number) => {
      const changes = [...scenario.changes, { fromRound: 0, cutShare }];
      const { blocks } = simulateSealing({ ...scenario, changes }, () => RULES.start);
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / blocks.length;
      return { searched: sum(blocks.map(({ searchMs }) => searchMs)), stamped: sum(blocks.map(({ header }) => header.timestampMs - header.sealStartMs)) };
    };
    const [whole, cut] = [measured(0), measured(0.5)];
    expect(whole.searched / 250).toBeGreaterThan(0.85);
    expect(whole.searched / 250).toBeLessThan(1.15);
    expect(Math.abs(whole.stamped / whole.searched - 1)).toBeLessThan(0.01);
    // Of two equally fast exponential clocks the first rings after half the time, and two such times make one find.
    expect(cut.searched / 250).toBeGreaterThan(0.85);
    expect(cut.searched / 250).toBeLessThan(1.15);
    expect(cut.stamped / 125).toBeGreaterThan(0.85);
    expect(cut.stamped / 125).toBeLessThan(1.15);
  });

  it('gives the same for the same seed and something else for another', () => {
    const scenario = { ...steady(5_000), rounds: 50 };
    expect(simulateSealing(scenario)).toEqual(simulateSealing(scenario));
    expect(simulateSealing({ ...scenario, seed: 3 })).not.toEqual(simulateSealing(scenario));
  });

  it.each([
    ['a difficulty that never moves', jumping(MINUTE_MS, 500), () => difficultyFor(9_600_000n)],
    ['twice the share', steady(MINUTE_MS), (...[rules, recent, length]: Parameters<typeof nextDifficulty>) => (
      nextDifficulty({ ...rules, sigmaPpm: 16_000 }, recent, length)
    )],
  ])('would show that %s misses the targets', (_, scenario, rule) => {
    const { meanShare, sealing } = summaryOf(scenario, rule);
    expect(meanShare).toBeGreaterThan(MAX_SHARE);
    expect(sealing.p99).toBeGreaterThan(MAX_P99);
  });
});
