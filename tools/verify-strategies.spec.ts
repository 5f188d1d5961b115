import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainError } from '@fedseal/chain/chain-error';
import { encodeChainFile } from '@fedseal/chain/file/chain-file';
import type { StrategySpec } from '@fedseal/model/strategies/strategy-spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditScene, RUN, changed, planBytes, type PlanChoice } from '../libs/rounds/src/audit/audit-scene.testing.js';
import { python, whyNoPython } from './python.testing.js';

const CHOICES: Partial<PlanChoice>[] = [
  { strategy: { name: 'fedprox', mu: 0.01 }, clip: { norm: 0.05 } },
  { strategy: { name: 'fedavgm', eta: 1, beta: 0.9 } },
  { strategy: { name: 'fedadagrad', eta: 0.1, beta1: 0, tau: 0.001 } },
  { strategy: { name: 'fedadam', eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 1e-7 }, clip: { norm: 0.05 } },
  { strategy: { name: 'fedyogi', eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 }, weighting: 'uniform' },
  { strategy: { name: 'median' } },
  { strategy: { name: 'trimmed-mean', trim: 2 }, clip: { norm: 0.06 } },
  { strategy: { name: 'krum', f: 1 } },
  { strategy: { name: 'multi-krum', f: 1, m: 3 } },
];
const MOMENTUM: StrategySpec = { name: 'fedavgm', eta: 1, beta: 0.9 };
const KRUM: StrategySpec = { name: 'krum', f: 1 };

interface Answer {
  readonly verified: boolean;
  readonly rule?: string;
  readonly block?: number;
  readonly leaf?: number;
  readonly message?: string;
  readonly rounds?: unknown;
}

describe.skipIf(whyNoPython)(whyNoPython ? `tools/verify.py, strategies: skipped, because ${whyNoPython}` : 'tools/verify.py on rounds of every strategy', () => {
  let folder: string;
  let exports = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fedseal-verify-strategies-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const five = () => new AuditScene(['alice', 'bob', 'carol', 'dave', 'erin']);

  async function verdictOf(scene: AuditScene): Promise<Answer> {
    const dir = join(folder, String(exports++));
    mkdirSync(join(dir, 'blobs'), { recursive: true });
    writeFileSync(join(dir, 'chain.fsl'), encodeChainFile({ headers: scene.headers, leaves: scene.leaves }));
    for (const [sha256, bytes] of scene.blobs) writeFileSync(join(dir, 'blobs', sha256), bytes);
    const { stdout, stderr } = await python('verify.py', [dir, '--format', 'json']);
    expect(stderr).toBe('');
    return JSON.parse(stdout) as Answer;
  }

  /** Both refuse it, in the same place and by the same rule. */
  async function expectFoundAlike(scene: AuditScene, rule: string): Promise<Answer> {
    const error: unknown = await scene.audit().then(() => undefined, (reason: unknown) => reason);
    const here = error instanceof ChainError ? { rule: error.rule, ...error.location } : error;
    const there = await verdictOf(scene);
    expect(here).toEqual({ rule, block: there.block, leaf: there.leaf });
    expect(there).toMatchObject({ verified: false, rule });
    return there;
  }

  async function playOnly(scene: AuditScene, lie: Parameters<AuditScene['closeRound']>[0]): Promise<void> {
    for (const signer of scene.openRound()) scene.contribute(signer);
    await scene.closeRound(lie);
    scene.seal();
  }

  function forgetUpdate(scene: AuditScene): void {
    const [first] = scene.round(RUN).commits.entries.values();
    scene.blobs.delete(first!.payload.update.sha256);
  }

  it.each(CHOICES)('rebuilds them as the audit does: $strategy.name', async (choice) => {
    const scene = five();
    scene.plannedRun({ ...choice, retention: 'hashes' });
    await scene.playAudited();
    forgetUpdate(scene);
    for (let round = 2; round <= 3; round++) await scene.playAudited();
    const { rounds } = await scene.audit();
    expect(rounds.map(({ status }) => status)).toEqual(['not-kept', 'reproduced', 'reproduced']);
    const answer = await verdictOf(scene);
    expect(answer, answer.message).toMatchObject({ verified: true, rounds });
  });

  it.each(CHOICES)('finds another model: $strategy.name', async (choice) => {
    const scene = five();
    scene.plannedRun(choice);
    await playOnly(scene, { model: changed });
    await expectFoundAlike(scene, 'audit.aggregate');
  });

  it.each<[string, string, Parameters<AuditScene['closeRound']>[0]]>([
    ['another state', 'audit.server-state', { state: (honest) => changed(honest) }],
    ['no state', 'audit.server-state', { state: () => [] }],
    ['a parameter of its own', 'audit.parameters', { change: { aggregator: { name: 'fedavgm', parameters: { weighting: 'examples', examplesCap: '1000', eta: '1', beta: '0.90' } } } }],
  ])('finds %s of a server optimiser', async (_, rule, lie) => {
    const scene = five();
    scene.plannedRun({ strategy: MOMENTUM });
    await scene.playAudited();
    await playOnly(scene, lie);
    await expectFoundAlike(scene, rule);
  });

  it('says that it does not rebuild what it does not know', async () => {
    const scene = five();
    scene.plannedRun({ plan: planBytes({ strategy: { name: 'magic' } }) });
    scene.openRound();
    scene.seal();
    expect((await expectFoundAlike(scene, 'audit.strategy')).message).toMatch(/^Round 1 not rebuilt: strategy magic unknown/);
  });

  it('finds a round that begins with no memory of the one before', async () => {
    const scene = five();
    scene.plannedRun({ strategy: MOMENTUM });
    await scene.playAudited();
    scene.forgetState();
    await playOnly(scene, {});
    await expectFoundAlike(scene, 'audit.aggregate');
  });

  it.each<[string, (scene: AuditScene) => string]>([
    ['no file of tensors', (of) => of.put(Uint8Array.of(1, 2, 3)).sha256],
    ['a model', (of) => of.run(RUN).model.sha256],
  ])('finds a state that is %s, of a round whose updates are gone', async (_, state) => {
    const scene = five();
    scene.plannedRun({ strategy: MOMENTUM, retention: 'hashes' });
    await scene.playAudited();
    const serverState = state(scene);
    await playOnly(scene, { change: { serverState } });
    forgetUpdate(scene);
    await expectFoundAlike(scene, 'audit.server-state');
  });

  it.each<[string, boolean, string, (rows: { commit: string; weight: number }[]) => unknown]>([
    ['another choice', true, 'audit.weights', (rows) => rows.map((row) => ({ ...row, weight: 1 - row.weight }))],
    ['a weight of two', false, 'audit.weights', (rows) => rows.map((row) => ({ ...row, weight: 2 * row.weight }))],
    ['a choice of all', false, 'audit.denominator', (rows) => rows.map((row) => ({ ...row, weight: 1 }))],
    ['no list', false, 'audit.weights', () => null],
  ])('finds %s of Krum', async (_, kept, rule, weights) => {
    const scene = five();
    scene.plannedRun({ strategy: KRUM, retention: 'hashes' });
    await playOnly(scene, { weights });
    if (!kept) forgetUpdate(scene);
    await expectFoundAlike(scene, rule);
  });
});
