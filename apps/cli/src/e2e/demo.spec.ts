import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { demoOutcome } from '../demo/outcome.js';
import { fedseal } from './fedseal.testing.js';
import { TestFederation } from './test-federation.testing.js';


describe('npm start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fedseal-demo-'));
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const demo = (...flags: string[]) =>
    fedseal('demo', '--once', '--home', home, '--port', '0', '--workers', '2', '--rounds', '1', '--examples', '600', '--format', 'json', ...flags);

  it('trains, seals, verifies and prints one object; then continues the same federation; then begins anew', async () => {
    const first = await demo();
    expect(first.status, first.stderr).toBe(0);
    const outcome = demoOutcome.parse(JSON.parse(first.stdout));
    expect(outcome).toMatchObject({
      run: { name: 'digits-1', status: 'completed' },
      chainVerified: true,
      aggregatesReproduced: true,
      problem: null,
      rounds: [{ round: 1, contributors: 2 }],
    });
    expect(outcome.rounds[0]!.block!.height).toBeGreaterThan(0);
    expect(outcome.rounds[0]!.accuracy).toBeGreaterThan(0.1);

    const second = await demo('--partition', 'shards:2');
    expect(second.status, second.stderr).toBe(0);
    expect(demoOutcome.parse(JSON.parse(second.stdout))).toMatchObject({ run: { name: 'digits-2', chain: outcome.run.chain } });

    const fresh = await demo('--fresh');
    expect(fresh.status, fresh.stderr).toBe(0);
    const begun = demoOutcome.parse(JSON.parse(fresh.stdout));
    expect(begun.run.name).toBe('digits-1');
    expect(begun.run.chain).not.toBe(outcome.run.chain);
    // The old federation was moved aside, never deleted.
    expect(readdirSync(dirname(home)).filter((name) => name.startsWith('home'))).toHaveLength(2);
  }, 180_000);

  it.each([
    [['--workers', '0'], '--workers takes a whole number'],
    [['--partition', 'odd'], '--partition takes'],
    [['--data', join(folder, 'nowhere')], 'nowhere'],
  ])('refuses %j with a sentence', async (flags, sentence) => {
    const { status, stdout, stderr } = await demo(...flags);
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain(sentence);
  }, 60_000);
});

describe('--fresh', () => {
  it('never moves a federation that is running, nor when the new one could not start', async () => {
    const federation = await TestFederation.create();
    try {
      await federation.startCoordinator();
      const fresh = (...flags: string[]) => fedseal('demo', '--once', '--fresh', '--home', federation.home, ...flags);
      expect(await fresh('--port', '0')).toMatchObject({ status: 3, stderr: expect.stringContaining('is running') as string });
      const other = await TestFederation.create();
      try {
        const taken = await fedseal('demo', '--once', '--fresh', '--home', other.home, '--port', String(federation.port));
        expect(taken).toMatchObject({ status: 3, stderr: expect.stringContaining('is in use') as string });
        expect(existsSync(other.home)).toBe(true);
      } finally {
        await other.close();
      }
      expect(await (await federation.api).get('/v1/federation')).toMatchObject({ counts: { blocks: 1 } });
    } finally {
      await federation.close();
    }
  }, 60_000);
});
