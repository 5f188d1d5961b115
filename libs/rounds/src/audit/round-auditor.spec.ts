import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { refusalOf } from '@fedseal/chain/testing/refusal.testing';
import { testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { keyIdHex } from '@fedseal/chain/testing/test-federation.testing';
import { AuditScene, RUN } from './audit-scene.testing.js';
import { expectFound, indexOfLast } from './expect-found.testing.js';

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
    await expectFound(scene, 'audit.blob-digest', 'round.close');
  });

  it('is found when it is missing', async () => {
    let update = '';
    await secondRound(async () => {
      for (const signer of scene.openRound()) scene.contribute(signer);
      update = updateOf();
      await scene.closeRound();
    });
    scene.blobs.delete(update);
    await expectFound(scene, 'audit.blob-missing', 'round.close');
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
    expect([rule, location.leaf]).toEqual(['audit.blob-digest', indexOfLast(scene, kind)]);
  });

  it.each<[string, (leaf: { plan: { sha256: string }; initial: { sha256: string } }) => string]>([
    ['the plan', ({ plan }) => plan.sha256],
    ['the initial model', ({ initial }) => initial.sha256],
  ])('is found when it is %s', async (_, file) => {
    scene.plannedRun();
    scene.seal();
    const create = readLeaf(scene.leaves[indexOfLast(scene, 'run.create')]!);
    flip(file(create.kind === 'run.create' ? create.payload : (undefined as never)));
    await expectFound(scene, 'audit.blob-digest', 'run.create');
  });
});
