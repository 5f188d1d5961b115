import { beforeEach, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import type { StrategySpec } from '@fedseal/model/strategies/strategy-spec';
import { AuditScene, POLICY, RUN, changed, planBytes, type PlanChoice } from './audit-scene.testing.js';
import { expectFound } from './expect-found.testing.js';

const STRATEGIES: StrategySpec[] = [
  { name: 'fedprox', mu: 0.01 },
  { name: 'fedavgm', eta: 1, beta: 0.9 },
  { name: 'fedadagrad', eta: 0.1, beta1: 0, tau: 0.001 },
  { name: 'fedadam', eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 },
  { name: 'fedyogi', eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 1e-7 },
  { name: 'median' },
  { name: 'trimmed-mean', trim: 2 },
  { name: 'krum', f: 1 },
  { name: 'multi-krum', f: 1, m: 3 },
];
const MOMENTUM: StrategySpec = { name: 'fedavgm', eta: 1, beta: 0.9 };
const KRUM: StrategySpec = { name: 'krum', f: 1 };

let scene: AuditScene;
beforeEach(() => {
  scene = new AuditScene(['alice', 'bob', 'carol', 'dave', 'erin']);
});

async function play(choice: Partial<PlanChoice>, rounds = 2): Promise<void> {
  scene.plannedRun(choice);
  for (let round = 0; round < rounds; round++) await scene.playAudited();
}

async function playOnly(lie: Parameters<AuditScene['closeRound']>[0]): Promise<void> {
  for (const signer of scene.openRound()) scene.contribute(signer);
  await scene.closeRound(lie);
  scene.seal();
}

function forgetUpdate(): void {
  const [first] = scene.round(RUN).commits.entries.values();
  scene.blobs.delete(first!.payload.update.sha256);
}

describe('an honest round of every strategy', () => {
  it.each(STRATEGIES)('is reproduced byte for byte: $name', async (strategy) => {
    await play({ strategy }, 3);
    expect((await scene.audit()).rounds.map(({ status }) => status)).toEqual(['reproduced', 'reproduced', 'reproduced']);
  });

  it.each(STRATEGIES)('is reproduced behind the clip filter: $name', async (strategy) => {
    await play({ strategy, clip: { norm: 0.05 } });
    expect((await scene.audit()).rounds.map(({ status }) => status)).toEqual(['reproduced', 'reproduced']);
  });

  it.each(STRATEGIES)('may have let an update go: $name', async (strategy) => {
    scene.plannedRun({ strategy, retention: 'hashes' });
    await scene.playAudited();
    forgetUpdate();
    await scene.playAudited();
    // What cannot be rebuilt is still the base, and its sealed state the state, of what can.
    expect((await scene.audit()).rounds.map(({ status }) => status)).toEqual(['not-kept', 'reproduced']);
  });

  it.each(STRATEGIES)('is one in which another model is found: $name', async (strategy) => {
    await play({ strategy }, 1);
    await playOnly({ model: changed });
    await expectFound(scene, 'audit.aggregate', 'round.close');
  });
});

describe('a lie about the state of the server', () => {
  it('in the state itself is found', async () => {
    await play({ strategy: MOMENTUM }, 1);
    await playOnly({ state: (honest) => changed(honest) });
    await expectFound(scene, 'audit.server-state', 'round.close');
  });

  it('that seals none is found', async () => {
    await play({ strategy: MOMENTUM }, 1);
    await playOnly({ state: () => [] });
    await expectFound(scene, 'audit.server-state', 'round.close');
  });

  it('that begins again in the second round is found', async () => {
    await play({ strategy: MOMENTUM }, 1);
    scene.forgetState();
    await playOnly({});
    await expectFound(scene, 'audit.aggregate', 'round.close');
  });

  it.each<[string, (scene: AuditScene) => string]>([
    ['of other tensors', (of) => of.put(encodeSafetensors(of.tensors(of.run(RUN).model.sha256))).sha256],
    ['that is no file of tensors', (of) => of.put(Uint8Array.of(1, 2, 3)).sha256],
    ['that is not finite', (of) => of.put(encodeSafetensors(changed(of.tensors(of.round(RUN).closing!.predicate.serverState!), () => Infinity))).sha256],
  ])('%s is found though the updates were let go', async (_, state) => {
    scene.plannedRun({ strategy: MOMENTUM, retention: 'hashes' });
    await scene.playAudited();
    const serverState = state(scene);
    await playOnly({ change: { serverState } });
    forgetUpdate();
    await expectFound(scene, 'audit.server-state', 'round.close');
  });

  it('is none when its file is gone, which is found', async () => {
    await play({ strategy: MOMENTUM });
    scene.blobs.delete(scene.round(RUN).closing!.predicate.serverState!);
    await expectFound(scene, 'audit.blob-missing', 'round.close');
  });
});

describe('a lie about a choice', () => {
  type Rows = { commit: string; weight: number }[];
  const another = (rows: Rows): Rows => {
    const chosen = rows.findIndex(({ weight }) => weight === 1);
    return rows.map((row, n) => ({ ...row, weight: n === (chosen + 1) % rows.length ? 1 : 0 }));
  };

  it('of another update is found', async () => {
    scene.plannedRun({ strategy: KRUM });
    await playOnly({ weights: another });
    await expectFound(scene, 'audit.weights', 'round.close');
  });

  it.each<[string, string, Parameters<AuditScene['closeRound']>[0]]>([
    ['with a weight of two', 'audit.weights', { weights: (rows) => rows.map((row) => ({ ...row, weight: 2 * row.weight })) }],
    ['with one row missing', 'audit.weights', { weights: (rows) => rows.slice(1) }],
    ['that is no list', 'audit.weights', { weights: () => null }],
    ['of two where one is the denominator', 'audit.denominator', { weights: (rows) => rows.map((row) => ({ ...row, weight: 1 })) }],
  ])('%s is found though the updates were let go', async (_, rule, lie) => {
    scene.plannedRun({ strategy: KRUM, retention: 'hashes' });
    await playOnly(lie);
    forgetUpdate();
    await expectFound(scene, rule, 'round.close');
  });
});

describe('a plan of a strategy', () => {
  const policy = { ...POLICY, quorum: 5 };

  it.each<[string, Record<string, unknown>]>([
    ['without a parameter', { strategy: { name: 'fedavgm', eta: 1 } }],
    ['with a parameter in words', { strategy: { name: 'fedprox', mu: '0.1' } }],
    ['with a parameter out of range', { strategy: { name: 'fedadam', eta: 0.01, beta1: 1, beta2: 0.99, tau: 0.001 } }],
    ['with half an update to trim', { strategy: { name: 'trimmed-mean', trim: 1.5 }, policy }],
    ['that closes with too few updates', { strategy: { name: 'krum', f: 2 }, policy }],
    ['with a norm of nothing', { policy: { ...POLICY, clip: { norm: 0 } } }],
    ['with null for a filter', { policy: { ...POLICY, clip: null } }],
  ])('%s is found', async (_, change) => {
    scene.plannedRun({ plan: planBytes(change) });
    scene.seal();
    await expectFound(scene, 'audit.plan', 'run.create');
  });

  it.each<[string, Record<string, unknown>]>([
    ['parameter', { strategy: { ...MOMENTUM, beta: 0.8 } }],
    ['filter', { strategy: MOMENTUM, policy: { ...POLICY, clip: { norm: 2 } } }],
  ])('with another %s than was sealed is found', async (_, change) => {
    await play({ strategy: MOMENTUM, plan: planBytes(change) }, 1);
    await expectFound(scene, 'audit.parameters', 'round.close');
  });
});
