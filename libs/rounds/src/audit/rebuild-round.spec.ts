import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { refusal, refusalOf } from '@fedseal/chain/testing/refusal.testing';
import { testHash } from '@fedseal/chain/testing/test-chain.testing';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { AuditScene, RUN, changed } from './audit-scene.testing.js';
import { expectFound } from './expect-found.testing.js';

let scene: AuditScene;
beforeEach(() => {
  scene = new AuditScene();
});

/** One honest round, then a second in which something is a lie. */
async function secondRound(lie: () => Promise<void>): Promise<void> {
  scene.plannedRun();
  await scene.playAudited();
  await lie();
  scene.seal();
}

describe('a lie about updates', () => {
  it('that accepts one of a contributor who was not drawn is found', async () => {
    scene.plannedRun({ cohortSize: 2 });
    const [first] = scene.openRound();
    scene.contribute(first!);
    const invited = scene.round(RUN).opening.cohort.size;
    expect(invited).toBe(2);
    const drawn = scene.openRound();
    const other = scene.contributors.find((signer) => !drawn.includes(signer))!;
    scene.contribute(drawn[0]!);
    scene.contribute(other);
    await scene.closeRound();
    scene.seal();
    await expectFound(scene, 'audit.uninvited', 'round.close');
  });

  it.each<[string, number]>([['a NaN', Number.NaN], ['an infinity', Infinity], ['more than the bound', 8.5]])('that accepts %s is found', async (_, value) => {
    scene.plannedRun();
    const [first, ...others] = scene.openRound();
    for (const signer of others) scene.contribute(signer);
    const honest = await scene.closingOf();
    scene.contribute(first!, { tensors: (tensors) => changed(tensors, () => value) });
    // No exact sum takes it, so the model is anything.
    const { accepted, commits } = scene.round(RUN);
    const sealed = scene.closing(RUN, {
      model: honest.predicate.model, weights: honest.predicate.weights, aggregator: honest.predicate.aggregator,
      denominator: String([...accepted.entries.values()].reduce((sum, commit) => sum + commits.get(commit)!.payload.examples, 0)),
    });
    scene.add('round.close', { ...sealed, subject: honest.subject });
    scene.seal();
    await expectFound(scene, 'audit.update', 'round.close');
  });

  it('whose sealed tensor root is not that of the file is found', async () => {
    scene.plannedRun();
    const [first] = scene.openRound();
    const update = scene.putTensors(scene.tensors(scene.round(RUN).opening.base.sha256));
    scene.contribute(first!, { commit: { update: { ...update, tensorRoot: testHash('other tensors') } } });
    await scene.closeRound();
    scene.seal();
    await expectFound(scene, 'audit.file', 'round.close');
  });
});

describe('a lie in round.close', () => {
  const close = (lie: Parameters<AuditScene['closeRound']>[0]) =>
    secondRound(async () => {
      for (const signer of scene.openRound()) scene.contribute(signer);
      await scene.closeRound(lie);
    });

  it('with another model is found, though its file is in order', async () => {
    await close({ model: changed });
    await expectFound(scene, 'audit.aggregate', 'round.close');
  });

  it('with the base as its model is found', async () => {
    await close({ model: () => scene.tensors(scene.run(RUN).model.sha256) });
    await expectFound(scene, 'audit.aggregate', 'round.close');
  });

  it('with the right file under another tensor root is found', async () => {
    scene.plannedRun();
    for (const signer of scene.openRound()) scene.contribute(signer);
    const { predicate } = await scene.closingOf();
    await scene.closeRound({ change: { model: { ...predicate.model, tensorRoot: testHash('other tensors') } } });
    scene.seal();
    await expectFound(scene, 'audit.aggregate-root', 'round.close');
  });

  it('whose model lacks an accepted update is found', async () => {
    scene.plannedRun();
    const [first, ...others] = scene.openRound();
    for (const signer of others) scene.contribute(signer);
    const without = await scene.closingOf();
    scene.contribute(first!);
    await scene.closeRound({ change: { model: without.predicate.model } });
    scene.seal();
    await expectFound(scene, 'audit.aggregate', 'round.close');
  });

  it('that omits an accepted update is refused by the rules of leaves, and by the auditor alone', async () => {
    scene.plannedRun();
    const [first, ...others] = scene.openRound();
    for (const signer of others) scene.contribute(signer);
    const without = await scene.closingOf();
    scene.contribute(first!);
    expect(refusal(() => scene.add('round.close', without)).rule).toMatch(/^round\.close\./);
    scene.seal();
    const auditor = scene.auditor();
    await scene.audit(auditor);
    const bytes = scene.sign('round.close', without);
    const place = { index: scene.leaves.length, block: scene.blocks.newest + 1, hash: toHex(leafHash(nodeCrypto, bytes)) };
    expect((await refusalOf(auditor.visit(readLeaf(bytes), place))).rule).toBe('audit.updates');
  });

  it.each<[string, NonNullable<NonNullable<Parameters<AuditScene['closeRound']>[0]>['weights']>]>([
    ['a wrong weight', (list) => list.map((entry, n) => (n === 0 ? { ...entry, weight: entry.weight + 1 } : entry))],
    ['swapped weights', (list) => list.map((entry, n) => ({ ...entry, weight: list[(n + 1) % list.length]!.weight }))],
    ['another order', (list) => list.toReversed()],
    ['one missing', (list) => list.slice(1)],
  ])('with %s in its list is found', async (_, weights) => {
    await close({ weights });
    await expectFound(scene, 'audit.weights', 'round.close');
  });

  it.each<[string, (scene: AuditScene) => Promise<unknown>]>([
    ['were kept', () => Promise.resolve()],
    ['were let go', (of) => Promise.resolve(of.blobs.delete([...of.round(RUN).commits.entries.values()][0]!.payload.update.sha256))],
  ])('with another denominator is found, whether its updates %s', async (_, lose) => {
    scene.plannedRun({ weighting: 'uniform', retention: 'hashes' });
    for (const signer of scene.openRound()) scene.contribute(signer);
    await scene.closeRound({ change: { denominator: '4' } });
    scene.seal();
    await lose(scene);
    await expectFound(scene, 'audit.denominator', 'round.close');
  });

  it('with another length of the weights is found', async () => {
    scene.plannedRun();
    for (const signer of scene.openRound()) scene.contribute(signer);
    const { weights } = (await scene.closingOf()).predicate;
    await scene.closeRound({ change: { weights: { ...weights, bytes: weights.bytes + 1 } } });
    scene.seal();
    await expectFound(scene, 'audit.blob-bytes', 'round.close');
  });

  it('with another length of the model is found', async () => {
    scene.plannedRun();
    for (const signer of scene.openRound()) scene.contribute(signer);
    const { model } = (await scene.closingOf()).predicate;
    await scene.closeRound({ change: { model: { ...model, bytes: model.bytes + 1 } } });
    scene.seal();
    await expectFound(scene, 'audit.file', 'round.close');
  });

  it.each<[string, (scene: AuditScene, honest: Artifact) => Artifact]>([
    ['another length', (_, honest) => ({ ...honest, bytes: honest.bytes + 1 })],
    ['another tensor root', (_, honest) => ({ ...honest, tensorRoot: testHash('other tensors') })],
    ['other tensors', (of, honest) => of.putTensors(of.tensors(honest.sha256).slice(1))],
    ['an infinity', (of, honest) => of.putTensors(changed(of.tensors(honest.sha256), () => Infinity))],
  ])('with a model of %s is found though its updates were let go', async (_, lie) => {
    scene.plannedRun({ retention: 'hashes' });
    for (const signer of scene.openRound()) scene.contribute(signer);
    const [first] = scene.round(RUN).commits.entries.values();
    const honest = (await scene.closingOf()).predicate.model;
    await scene.closeRound({ change: { model: lie(scene, honest) } });
    scene.seal();
    scene.blobs.delete(first!.payload.update.sha256);
    await expectFound(scene, 'audit.file', 'round.close');
  });

  it.each<[string, Record<string, string>]>([
    ['left out', { weighting: 'examples' }],
    ['added', { weighting: 'examples', examplesCap: '1000', beta: '0.9' }],
    ['changed', { weighting: 'examples', examplesCap: '100' }],
  ])('with a parameter %s is found', async (_, parameters) => {
    await close({ change: { aggregator: { name: 'fedavg', parameters } } });
    await expectFound(scene, 'audit.parameters', 'round.close');
  });

  it('with a server state that the strategy does not keep is found', async () => {
    await close({ change: { serverState: scene.put(encodeSafetensors([])).sha256 } });
    await expectFound(scene, 'audit.server-state', 'round.close');
  });

  it('by another rule than the plan says is found', async () => {
    await close({ change: { aggregator: { name: 'median', parameters: {} } } });
    await expectFound(scene, 'audit.strategy', 'round.close');
  });

  it('of an attempt that was never opened is found by the auditor alone', async () => {
    scene.plannedRun();
    for (const signer of scene.openRound()) scene.contribute(signer);
    const body = await scene.closingOf({ change: { attempt: 2 } });
    scene.seal();
    const auditor = scene.auditor();
    await scene.audit(auditor);
    const bytes = scene.sign('round.close', body);
    expect((await refusalOf(auditor.visit(readLeaf(bytes), { index: 99, block: 9, hash: 'ab' }))).rule).toBe('audit.round');
  });
});

describe('a file that is no model', () => {
  it('is found when it is accepted as an update', async () => {
    scene.plannedRun();
    const [first, ...others] = scene.openRound();
    for (const signer of others) scene.contribute(signer);
    const honest = await scene.closingOf();
    const file = encodeSafetensors([]).slice(0, 4);
    scene.contribute(first!, { commit: { update: { ...scene.put(file), tensorRoot: testHash('nothing') } } });
    const { accepted, commits } = scene.round(RUN);
    const sealed = scene.closing(RUN, {
      model: honest.predicate.model, weights: honest.predicate.weights, aggregator: honest.predicate.aggregator,
      denominator: String([...accepted.entries.values()].reduce((sum, commit) => sum + commits.get(commit)!.payload.examples, 0)),
    });
    scene.add('round.close', { ...sealed, subject: honest.subject });
    scene.seal();
    await expectFound(scene, 'audit.file', 'round.close');
  });
});
