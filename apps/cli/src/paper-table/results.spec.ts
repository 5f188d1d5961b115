import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runPlanRequest } from '@fedseal/protocol/plan';
import { expectWellFormed } from '../plot/well-formed.testing.js';
import type { CurvePoint } from '../simulate/curve.js';
import { readPaperTableOptions } from './options.js';
import { readResults } from './results.js';
import { parseTrialName, ROWS, trialName } from './rows.js';
import { resultLines, rowPlot, withResults } from './table.js';
import { trialPlan } from './trial-plan.js';

const folder = mkdtempSync(join(tmpdir(), 'fedseal-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, accuracies: readonly (number | null)[], tail = ''): void {
  const points = accuracies.map((accuracy, i): CurvePoint => ({
    round: i + 1, accuracy, loss: 0.1, seconds: 1, updates: 10, examples: 6000, model: 'a'.repeat(64), block: { height: i + 2, hash: 'b'.repeat(64) }, memoryMiB: {},
  }));
  writeFileSync(join(folder, `${name}.jsonl`), points.map((point) => `${JSON.stringify(point)}\n`).join('') + tail);
}

describe('the paper\'s table', () => {
  it('chooses the rate that reaches 99 % first, by the median of its seeds, and says what missed', async () => {
    write('e5b10-iid-lr0p1-s1', [0.9, 0.98, 0.992]);
    write('e5b10-iid-lr0p147-s1', [0.9, 0.992, 0.5], '{"round":4,"accu');
    write('e5b10-iid-lr0p147-s2', [0.9, 0.97, 0.9701]);
    write('e5b10-iid-lr0p147-s3', [0.98, 0.99, null]);
    write('e1b10-iid-lr0p215-s1', Array.from({ length: 42 }, () => 0.985));
    write('not-a-trial', [1]);
    const rows = await readResults(folder);
    expect(rows.map(({ row }) => row.id)).toEqual(['e1b10-iid', 'e5b10-iid']);
    const [missed, met] = rows;
    expect(met!.rates.map(({ learningRate, to99, seeds, rounds }) => [learningRate, to99?.toFixed(3), seeds, rounds])).toEqual([
      [0.1, '2.833', 1, 3],
      // Of 1.978, 2 and never the middle one.
      [0.147, '2.000', 3, 2],
    ]);
    expect(met!.chosen.learningRate).toBe(0.147);
    expect(missed!.chosen).toMatchObject({ to99: null, to98: 1, best: 0.985 });

    const lines = resultLines(rows, 'plots');
    expect(lines[2]).toBe('| `e1b10-iid` | 1 | 10 | IID | 34 | ≤ 42 | not in 42: missed | 1.0 | 98.50 % | 0.215 | 1 | 42 |');
    expect(lines[3]).toBe('| `e5b10-iid` | 5 | 10 | IID | 20 | ≤ 24 | 2.0: met | 1.9 | 99.00 % | 0.147 | 3 | 2 |');
    expect(lines).toContain('| `e5b10-iid` | 0.147 | 2 | 3 | not in 3 | not in 3 | 97.01 % (3) | 97.01 % |');
    for (const row of rows) expectWellFormed(rowPlot(row));
  });

  it('replaces what stands between the markers and nothing else', () => {
    const document = 'before\n<!-- results: written by npm run bench:mcmahan -->\nold\n<!-- end of results -->\nafter';
    const written = withResults(document, [], 'plots');
    expect(written).toMatch(/^before\n.*\nafter$/s);
    expect(written).not.toContain('old');
    expect(withResults(written, [], 'plots')).toBe(written);
    expect(() => withResults('nothing', [], 'plots')).toThrow('comments');
  });
});

describe('trials', () => {
  it('are named so that the name tells the trial', () => {
    for (const row of ROWS) {
      for (const learningRate of [0.0464, 0.147, 1]) {
        const trial = { row, learningRate, seed: 3 };
        expect(parseTrialName(trialName(trial))).toEqual(trial);
      }
    }
    expect(parseTrialName('e5b11-iid-lr0p1-s1')).toBeUndefined();
  });

  it('are plans that a coordinator takes', () => {
    for (const row of ROWS) {
      const plan = runPlanRequest.parse(trialPlan({ row, learningRate: 0.147, seed: 2 }, 30));
      expect(plan).toMatchObject({
        training: { epochs: row.epochs, batchSize: row.batchSize, optimizer: { type: 'sgd', learningRate: 0.147 } },
        cohort: { size: 10, minimum: 100 }, policy: { quorum: 10, weighting: 'examples', examplesCap: 600 }, strategy: { name: 'fedavg' },
      });
    }
  });

  it.each([
    [['--rows', 'e2b2-iid'], 'There is no row e2b2-iid'],
    [['--lr', '0.1,fast'], '--lr takes numbers'],
    [['--seeds', '0'], '--seeds takes a whole number'],
    [['--data', join(folder, 'nowhere')], 'nowhere is not there'],
    [['--odd'], '--help'],
  ])('refuse %j with a sentence', (flags, sentence) => {
    expect(() => readPaperTableOptions([...flags])).toThrow(sentence);
  });
});
