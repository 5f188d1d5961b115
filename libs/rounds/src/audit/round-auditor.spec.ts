import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { refusal, refusalOf } from '@fedseal/chain/testing/refusal.testing';
import { testHash, testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { keyIdHex } from '@fedseal/chain/testing/test-federation.testing';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { AuditScene, RUN, changed, planBytes } from './audit-scene.testing.js';

let scene: AuditScene;
beforeEach(() => {
  scene = new AuditScene();
});

const indexOfLast = (kind: string): number => scene.leaves.findLastIndex((bytes) => readLeaf(bytes).kind === kind);

/** The sealed chain is refused by this rule, at its last leaf of that kind. */
async function expectFound(rule: string, kind: string): Promise<void> {
  const error = await refusalOf(scene.audit());
  expect([error.rule, error.location]).toEqual([rule, { block: scene.blocks.newest, leaf: indexOfLast(kind) }]);
}

/** One honest round, then a second in which something is a lie. */
async function secondRound(lie: () => Promise<void>): Promise<void> {
  scene.plannedRun();
  await scene.playAudited();
  await lie();
  scene.seal();
}

function flip(sha256: string, at = -1): void {
  const bytes = scene.blobs.get(sha256)!.slice();
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  scene.blobs.set(sha256, bytes);
}

describe('an honest chain', () => {
  it('is reproduced byte for byte', async () => {
    scene.plannedRun();
    await scene.playAudited();
    await scene.playAudited();
    const { rounds, ...counts } = await scene.audit();
    expect(counts).toEqual({ runs: 1, cohorts: 2, initialModels: 1 });
    const { model } = scene.run(RUN);
    expect(rounds.map(({ round, attempt, block, contributors, status }) => ({ round, attempt, block, contributors, status }))).toEqual([
      { round: 1, attempt: 1, block: 2, contributors: 3, status: 'reproduced' },
      { round: 2, attempt: 1, block: 3, contributors: 3, status: 'reproduced' },
    ]);
    expect(rounds[1]?.model).toBe(model.sha256);
  });

  it.each(['examples', 'uniform'] as const)('with weighting %s, a drawn cohort and a failed attempt', async (weighting) => {
    scene.plannedRun({ weighting, cohortSize: 2 });
    scene.contribute(scene.openRound()[0]!);
    for (const signer of scene.openRound()) scene.contribute(signer);
    await scene.closeRound();
    scene.seal();
    expect(await scene.audit()).toMatchObject({ cohorts: 2, rounds: [{ attempt: 2, contributors: 2, status: 'reproduced' }] });
  });

  it('counts who was offline as skipped, and not who left or came later than the seed', async () => {
    scene.plannedRun();
    const [alice, bob, carol] = scene.contributors.map(keyIdHex) as [string, string, string];
    // Both wait in the pool when the round opens: by its seed, bob is still there and dave is not.
    scene.add('contributor.revoke', { contributor: bob, reason: 'operator' });
    scene.enrol('dave');
    for (const signer of scene.openRound({ list: () => ({ candidates: [bob, carol].sort(), skipped: [{ contributor: alice, reason: 'offline' }] }) })) {
      if (keyIdHex(signer) === carol) scene.contribute(signer);
    }
    await scene.closeRound();
    scene.seal();
    // By the next seed it is the other way round, and erin took over carol's place.
    const erin = testSigner('erin');
    const dave = testSigner('dave');
    scene.contributors.splice(0, 3, scene.contributors[0]!, scene.contributors[2]!, dave);
    await scene.playAudited();
    scene.add('contributor.rotate', { contributor: carol, key: toHex(erin.publicKey) }, [scene.contributors[1]!, erin]);
    scene.seal();
    scene.contributors.splice(1, 1, erin);
    await scene.playAudited();
    expect((await scene.audit()).rounds.map(({ contributors }) => contributors)).toEqual([1, 3, 3]);
  });

  it('may have let its updates go where its plan says so', async () => {
    scene.plannedRun({ retention: 'hashes' });
    for (const signer of scene.openRound()) scene.contribute(signer);
    const [first] = scene.round(RUN).commits.entries.values();
    await scene.closeRound();
    scene.seal();
    scene.blobs.delete(first!.payload.update.sha256);
    expect((await scene.audit()).rounds).toMatchObject([{ status: 'not-kept', contributors: 3 }]);
  });
});

describe('a stored file that was changed', () => {
  const updateOf = () => [...scene.round(RUN).commits.entries.values()][1]!.payload.update.sha256;

  it('is found when it is an update', async () => {
    let update = '';
    await secondRound(async () => {
      for (const signer of scene.openRound()) scene.contribute(signer);
      update = updateOf();
      await scene.closeRound();
    });
    flip(update);
    await expectFound('audit.blob-digest', 'round.close');
  });

  it('is found when it is missing', async () => {
    let update = '';
    await secondRound(async () => {
      for (const signer of scene.openRound()) scene.contribute(signer);
      update = updateOf();
      await scene.closeRound();
    });
    scene.blobs.delete(update);
    await expectFound('audit.blob-missing', 'round.close');
  });

  it.each<[string, string, (scene: AuditScene) => string]>([
    ['the new model', 'round.close', (of) => of.run(RUN).model.sha256],
    ['the weights', 'round.close', (of) => of.round(RUN).closing!.predicate.weights.sha256],
    ['the candidates', 'round.open', (of) => of.round(RUN).opening.candidates.sha256],
  ])('is found when it is %s', async (_, kind, file) => {
    scene.plannedRun();
    await scene.playAudited();
    flip(file(scene));
    const { rule, location } = await refusalOf(scene.audit());
    expect([rule, location.leaf]).toEqual(['audit.blob-digest', indexOfLast(kind)]);
  });

  it.each<[string, (leaf: { plan: { sha256: string }; initial: { sha256: string } }) => string]>([
    ['the plan', ({ plan }) => plan.sha256],
    ['the initial model', ({ initial }) => initial.sha256],
  ])('is found when it is %s', async (_, file) => {
    scene.plannedRun();
    scene.seal();
    const create = readLeaf(scene.leaves[indexOfLast('run.create')]!);
    flip(file(create.kind === 'run.create' ? create.payload : (undefined as never)));
    await expectFound('audit.blob-digest', 'run.create');
  });
});

describe('a lie in run.create', () => {
  it('about the initial model is found', async () => {
    scene.plannedRun({ initial: changed });
    scene.seal();
    await expectFound('audit.initial-model', 'run.create');
  });

  it.each<[string, string, Uint8Array]>([
    ['that is no JSON', 'audit.plan', new TextEncoder().encode('{')],
    ['without its policy', 'audit.plan', planBytes({ policy: null })],
  ])('a plan %s is found', async (_, rule, plan) => {
    scene.plannedRun({ plan });
    scene.seal();
    await expectFound(rule, 'run.create');
  });

  it('a plan whose strategy is unknown is found when a round opens', async () => {
    scene.plannedRun({ plan: planBytes({ strategy: { name: 'magic' } }) });
    scene.openRound();
    scene.seal();
    await expectFound('audit.strategy', 'round.open');
  });
});

describe('a lie in round.open', () => {
  const open = (lie: Parameters<AuditScene['openRound']>[0], cohortSize: number | 'all' = 2) => {
    scene.plannedRun({ cohortSize });
    scene.openRound(lie);
    scene.seal();
  };

  it('that invites others than were drawn is found', async () => {
    open({ cohort: (drawn, all) => [drawn[0]!, all.find((keyId) => !drawn.includes(keyId))!] });
    await expectFound('audit.cohort', 'round.open');
  });

  it('that ranks them in another order is found', async () => {
    open({ cohort: (drawn) => drawn.toReversed() });
    await expectFound('audit.cohort', 'round.open');
  });

  it('that invites fewer than the plan says is found', async () => {
    open({ cohort: (drawn) => drawn.slice(1) });
    await expectFound('audit.cohort', 'round.open');
  });

  it.each<[string, (list: { candidates: string[] }) => { candidates: string[]; skipped: { contributor: string; reason: string }[] }]>([
    ['leaves a candidate out', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [] })],
    ['lists one twice', ({ candidates }) => ({ candidates, skipped: [{ contributor: candidates[0]!, reason: 'offline' }] })],
    ['names a stranger', ({ candidates }) => ({ candidates, skipped: [{ contributor: testHash('nobody'), reason: 'offline' }] })],
    ['names a stranger for one of them', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [{ contributor: testHash('nobody'), reason: 'offline' }] })],
    ['lists an evaluator', ({ candidates }) => ({ candidates, skipped: [{ contributor: keyIdHex(testSigner('judge')), reason: 'offline' }] })],
  ])('that %s is found', async (_, list) => {
    open({ list });
    await expectFound('audit.candidates', 'round.open');
  });

  it('whose list is of another shape is found', async () => {
    scene.plannedRun();
    scene.openRound({ change: { candidates: scene.put(new TextEncoder().encode('{"candidates":[]}')) } });
    scene.seal();
    await expectFound('audit.candidates', 'round.open');
  });

  it.each([
    ['a larger bound', { s: 51 - 12 - 4, bound: 16, aMax: 3000 }],
    ['a larger A_max, so a coarser grid', { s: 51 - 13 - 3, bound: 8, aMax: 6000 }],
  ])('about the grid (%s) is found', async (_, grid) => {
    open({ change: { grid } }, 'all');
    await expectFound('audit.grid', 'round.open');
  });
});

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
    await expectFound('audit.uninvited', 'round.close');
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
    await expectFound('audit.update', 'round.close');
  });

  it('whose sealed tensor root is not that of the file is found', async () => {
    scene.plannedRun();
    const [first] = scene.openRound();
    const update = scene.putTensors(scene.tensors(scene.round(RUN).opening.base.sha256));
    scene.contribute(first!, { commit: { update: { ...update, tensorRoot: testHash('other tensors') } } });
    await scene.closeRound();
    scene.seal();
    await expectFound('audit.file', 'round.close');
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
    await expectFound('audit.aggregate', 'round.close');
  });

  it('with the base as its model is found', async () => {
    await close({ model: () => scene.tensors(scene.run(RUN).model.sha256) });
    await expectFound('audit.aggregate', 'round.close');
  });

  it('with the right file under another tensor root is found', async () => {
    scene.plannedRun();
    for (const signer of scene.openRound()) scene.contribute(signer);
    const { predicate } = await scene.closingOf();
    await scene.closeRound({ change: { model: { ...predicate.model, tensorRoot: testHash('other tensors') } } });
    scene.seal();
    await expectFound('audit.aggregate-root', 'round.close');
  });

  it('whose model lacks an accepted update is found', async () => {
    scene.plannedRun();
    const [first, ...others] = scene.openRound();
    for (const signer of others) scene.contribute(signer);
    const without = await scene.closingOf();
    scene.contribute(first!);
    await scene.closeRound({ change: { model: without.predicate.model } });
    scene.seal();
    await expectFound('audit.aggregate', 'round.close');
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
    await expectFound('audit.weights', 'round.close');
  });

  it('with another denominator is found', async () => {
    scene.plannedRun({ weighting: 'uniform' });
    for (const signer of scene.openRound()) scene.contribute(signer);
    await scene.closeRound({ change: { denominator: '4' } });
    scene.seal();
    await expectFound('audit.denominator', 'round.close');
  });

  it('by another rule than the plan says is found', async () => {
    await close({ change: { aggregator: { name: 'median', parameters: {} } } });
    await expectFound('audit.strategy', 'round.close');
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
    await expectFound('audit.file', 'round.close');
  });
});
