import { beforeEach, describe, expect, it } from 'vitest';
import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import { testHash } from '@fedseal/chain/testing/test-chain.testing';
import { AuditScene, MODEL, POLICY, RUN, changed, planBytes } from './audit-scene.testing.js';
import { expectFound } from './expect-found.testing.js';

const encode = (json: string) => new TextEncoder().encode(json);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const model = (change: object) => planBytes({ model: { ...MODEL, ...change } });

let scene: AuditScene;
beforeEach(() => {
  scene = new AuditScene();
});

describe('a lie in run.create', () => {
  it('about the initial model is found', async () => {
    scene.plannedRun({ initial: changed });
    scene.seal();
    await expectFound(scene, 'audit.initial-model', 'run.create');
  });

  it.each<[string, Uint8Array]>([
    ['that is no JSON', encode('{')],
    ['that is no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['that is a list', encode('[]')],
    ['without its policy', planBytes({ policy: null })],
    ['without its rounds', planBytes({ rounds: undefined })],
    ['with no rounds', planBytes({ rounds: 0 })],
    ['with a name that is no text', planBytes({ name: 5 })],
    ['with an unknown weighting', planBytes({ policy: { ...POLICY, weighting: 'softmax' } })],
    ['without a weighting', planBytes({ policy: { ...POLICY, weighting: undefined } })],
    ['with a fractional examples cap', planBytes({ policy: { ...POLICY, examplesCap: 1.5 } })],
    ['with an examples cap past 2^29', planBytes({ policy: { ...POLICY, examplesCap: 2 ** 29 + 1 } })],
    ['with a quorum in words', planBytes({ policy: { ...POLICY, quorum: '1' } })],
    ['without a deadline', planBytes({ policy: { ...POLICY, deadlineSeconds: 0 } })],
    ['with a deadline past all numbers', encode(decode(planBytes()).replace('"deadlineSeconds":60', '"deadlineSeconds":1e999'))],
    ['with a cohort of none', planBytes({ cohort: { size: 0, minimum: 1 } })],
    ['with a cohort in other words', planBytes({ cohort: { size: 'some', minimum: 1 } })],
    ['with a cohort without a minimum', planBytes({ cohort: { size: 'all' } })],
    ['with a negative seed', planBytes({ seed: -1 })],
    ['with a seed past 2^53', planBytes({ seed: 2 ** 53 })],
    ['with a strategy that is no object', planBytes({ strategy: 'fedavg' })],
    ['with an unknown retention', planBytes({ retention: 'some' })],
    ['with a retention of no rounds', planBytes({ retention: { lastRounds: 0 } })],
    ['without layers', model({ layers: [] })],
    ['with an input of four axes', model({ inputShape: [1, 1, 1, 3] })],
    ['with an unknown layer', model({ layers: [{ type: 'lstm', units: 2 }] })],
    ['with a layer that is null', model({ layers: [null] })],
    ['with a layer without units', model({ layers: [{ type: 'dense' }] })],
    ['with a layer of null for a name', model({ layers: [{ type: 'dense', name: null, units: 2 }] })],
    ['with two layers of one name', model({ layers: [{ type: 'dense', name: 'a', units: 2 }, { type: 'dense', name: 'a', units: 2 }] })],
    ['with an image layer for flat input', model({ layers: [{ type: 'conv2d', filters: 1, kernelSize: 1, strides: 1, padding: 'same' }] })],
    ['with a padding of its own', model({ inputShape: [3, 3, 1], layers: [{ type: 'conv2d', filters: 1, kernelSize: 1, strides: 1, padding: 'full' }] })],
    ['with null for strides', model({ inputShape: [3, 3, 1], layers: [{ type: 'maxPooling2d', poolSize: 2, strides: null, padding: 'valid' }] })],
    ['with a size of three numbers', model({ inputShape: [3, 3, 1], layers: [{ type: 'maxPooling2d', poolSize: [2, 2, 2], padding: 'valid' }] })],
    ['with a window that fits nowhere', model({ inputShape: [3, 3, 1], layers: [{ type: 'maxPooling2d', poolSize: 4, padding: 'valid' }] })],
    ['with more elements than can be counted', model({ layers: [{ type: 'dense', units: 2 ** 52 }] })],
  ])('a plan %s is found', async (_, plan) => {
    scene.plannedRun({ plan });
    scene.seal();
    await expectFound(scene, 'audit.plan', 'run.create');
  });

  it('a plan of more than the stored model holds is found before anything is generated', async () => {
    scene.plannedRun({ plan: model({ layers: [{ type: 'dense', units: 2 ** 40 }] }) });
    scene.seal();
    await expectFound(scene, 'audit.initial-model', 'run.create');
  });

  it('the plan of another run is found', async () => {
    scene.plannedRun({ plan: planBytes({ name: 'letters' }) });
    scene.seal();
    await expectFound(scene, 'audit.name', 'run.create');
  });

  it.each<[string, unknown, { updates: 'all' | 'last' | 'hashes'; rounds: number }]>([
    ['hashes only', 'all', { updates: 'hashes', rounds: 0 }],
    ['fewer rounds', { lastRounds: 3 }, { updates: 'last', rounds: 2 }],
    ['rounds where the plan keeps all', 'all', { updates: 'all', rounds: 1 }],
  ])('another retention than planned, %s, is found', async (_, planned, retention) => {
    scene.plannedRun({ plan: planBytes({ retention: planned }), change: () => ({ retention }) });
    scene.seal();
    await expectFound(scene, 'audit.retention', 'run.create');
  });

  it('another length of the plan is found', async () => {
    scene.plannedRun({ change: ({ plan }) => ({ plan: { ...plan, bytes: plan.bytes + 1 } }) });
    scene.seal();
    await expectFound(scene, 'audit.blob-bytes', 'run.create');
  });

  it.each<[string, string, (initial: Artifact) => Artifact]>([
    ['length', 'audit.file', (initial) => ({ ...initial, bytes: initial.bytes - 1 })],
    ['tensor root', 'audit.initial-model-root', (initial) => ({ ...initial, tensorRoot: testHash('other tensors') })],
  ])('another %s of the initial model is found', async (_, rule, change) => {
    scene.plannedRun({ change: ({ initial }) => ({ initial: change(initial) }) });
    scene.seal();
    await expectFound(scene, rule, 'run.create');
  });

  it('a plan whose strategy is unknown is found when a round opens', async () => {
    scene.plannedRun({ plan: planBytes({ strategy: { name: 'magic' } }) });
    scene.openRound();
    scene.seal();
    await expectFound(scene, 'audit.strategy', 'round.open');
  });
});

it('a plan may be written otherwise than the coordinator writes it', async () => {
  // A mark of the byte order, white space, other spellings of numbers, an overruled field and an unknown one.
  const plan = `\ufeff ${decode(planBytes({ unknown: [] })).replace('"seed":5', '"seed":6,"seed":0.5e1').replace('"rounds":3', '"rounds": 3.0')}`;
  scene.plannedRun({ plan: encode(plan) });
  await scene.playAudited();
  expect((await scene.audit()).rounds).toMatchObject([{ status: 'reproduced' }]);
});

describe('a lie in run.end', () => {
  it('that calls a run completed before its last round is found', async () => {
    scene.plannedRun();
    await scene.playAudited();
    scene.add('run.end', scene.ending(RUN));
    scene.seal();
    await expectFound(scene, 'audit.rounds', 'run.end');
  });

  it('is none when it was stopped, or when all rounds closed', async () => {
    scene.plannedRun();
    await scene.playAudited();
    scene.add('run.end', scene.ending(RUN, { outcome: 'stopped' }));
    scene.seal();
    await scene.audit();
    scene = new AuditScene();
    scene.plannedRun({ plan: planBytes({ rounds: 1 }) });
    await scene.playAudited();
    scene.add('run.end', scene.ending(RUN));
    scene.seal();
    expect(await scene.audit()).toMatchObject({ runs: 1 });
  });
});
