import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, fedseal } from '../e2e/fedseal.testing.js';
import { parseCurve } from './curve.js';
import type { SimulationOutcome } from './simulation-lines.js';

const ROUNDS = 3;
const PLAN = {
  version: 1,
  name: 'tiny',
  model: { name: 'line', inputShape: [28, 28, 1], layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }] },
  training: { epochs: 1, batchSize: 8, optimizer: { type: 'sgd', learningRate: 0.1 } },
  rounds: ROUNDS,
  seed: 3,
  policy: { quorum: 5, examplesCap: 400 },
};

describe('fedseal simulate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fedseal-simulate-'));
  const plan = join(folder, 'plan.json');
  const flags = (home: string, ...more: string[]) => [
    'simulate', plan, '--clients', '5', '--examples', '400', '--test-examples', '100', '--partition', 'dirichlet:0.5', '--format', 'json',
    '--threads', '1', '--home', join(folder, home), ...more,
  ];
  const simulate = async (home: string, ...more: string[]) => {
    const { status, stdout, stderr } = await fedseal(...flags(home, ...more));
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as SimulationOutcome;
  };
  const curveOf = (home: string) => parseCurve(readFileSync(join(folder, home, 'curve', 'tiny.jsonl'), 'utf8'));
  let alone: SimulationOutcome;

  beforeAll(async () => {
    chmodSync(folder, 0o755);
    writeFileSync(plan, JSON.stringify(PLAN));
    alone = await simulate('alone', '--processes', '1');
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('trains, seals, verifies, and keeps the curve as data and as a picture', () => {
    expect(alone).toMatchObject({
      run: { name: 'tiny', status: 'completed' }, clients: 5, chainVerified: true, aggregatesReproduced: true, problem: null,
      rebuilt: { reproduced: ROUNDS, notKept: 0 },
    });
    expect(curveOf('alone')).toEqual(alone.points);
    expect(alone.points.map(({ round, updates, examples }) => [round, updates, examples])).toEqual([[1, 5, 400], [2, 5, 400], [3, 5, 400]]);
    expect(alone.points.at(-1)!.accuracy).toBeGreaterThan(alone.points[0]!.accuracy!);
    for (const { memoryMiB } of alone.points.filter(({ memoryMiB: each }) => Object.keys(each).length > 0)) {
      expect(Object.keys(memoryMiB).sort()).toEqual(expect.arrayContaining(['command', 'coordinator', 'host-0']));
      for (const mib of Object.values(memoryMiB)) expect(mib).toBeGreaterThan(1);
    }
    expect(readFileSync(join(folder, 'alone', 'curve', 'tiny.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it('gives the same models whatever the number of processes and threads', async () => {
    const apart = await simulate('apart', '--processes', '3', '--threads', '2');
    expect(apart.points.map(({ model }) => model)).toEqual(alone.points.map(({ model }) => model));
    // Other histories: what is the same is what was learned.
    expect(apart.points[0]!.block.hash).not.toBe(alone.points[0]!.block.hash);
  }, 180_000);

  it('goes on after a kill of all it runs, to the same models', async () => {
    await killedAfterFirstRound(flags('killed', '--processes', '2'), join(folder, 'killed'));
    const before = curveOf('killed');
    expect(before.length).toBeLessThan(ROUNDS);

    const again = await fedseal(...flags('killed', '--processes', '2'));
    expect(again).toMatchObject({ status: 3, stderr: expect.stringContaining('--resume') as string });
    const other = await fedseal(...flags('killed', '--resume', '--seed', '7'));
    expect(other).toMatchObject({ status: 2, stderr: expect.stringContaining('seed: 1') as string });

    const resumed = await simulate('killed', '--resume', '--processes', '1');
    expect(resumed.points.slice(0, before.length)).toEqual(before);
    expect(resumed.points.map(({ round, model }) => [round, model])).toEqual(alone.points.map(({ round, model }) => [round, model]));
  }, 180_000);

  it.each([
    [['--clients', '0'], '--clients takes a whole number'],
    [['--partition', 'odd'], '--partition takes'],
    [['--examples', '3000'], 'raise policy.examplesCap'],
  ])('refuses %j with a sentence', async (more, sentence) => {
    const { status, stderr } = await fedseal(...flags('refused', '--resume'), ...more);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    rmSync(join(folder, 'refused'), { recursive: true, force: true });
  }, 120_000);
});

/** Ends the command and the coordinator by force once the first point of the curve was told; the hosts follow. */
async function killedAfterFirstRound(args: readonly string[], home: string): Promise<void> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const told: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    told.push(line);
    if (!/^ +1 +[\d.]+ %/.test(line)) continue;
    const { pid } = JSON.parse(readFileSync(join(home, 'coordinator.lock'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    return;
  }
  throw new Error(`The simulation ended by itself:\n${told.join('\n')}`);
}
