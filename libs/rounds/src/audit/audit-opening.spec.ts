import { beforeEach, describe, expect, it } from 'vitest';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { testHash, testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { keyIdHex } from '@fedseal/chain/testing/test-federation.testing';
import { AuditScene, POLICY, planBytes, type CandidateList } from './audit-scene.testing.js';
import { expectFound } from './expect-found.testing.js';

let scene: AuditScene;
beforeEach(() => {
  scene = new AuditScene();
});

describe('a lie in round.open', () => {
  const open = (lie: Parameters<AuditScene['openRound']>[0], cohortSize: number | 'all' = 2) => {
    scene.plannedRun({ cohortSize });
    scene.openRound(lie);
    scene.seal();
  };

  it('that invites others than were drawn is found', async () => {
    open({ cohort: (drawn, all) => [drawn[0]!, all.find((keyId) => !drawn.includes(keyId))!] });
    await expectFound(scene, 'audit.cohort', 'round.open');
  });

  it('that ranks them in another order is found', async () => {
    open({ cohort: (drawn) => drawn.toReversed() });
    await expectFound(scene, 'audit.cohort', 'round.open');
  });

  it('that invites fewer than the plan says is found', async () => {
    open({ cohort: (drawn) => drawn.slice(1) });
    await expectFound(scene, 'audit.cohort', 'round.open');
  });

  it.each<[string, (list: { candidates: string[] }) => { candidates: string[]; skipped: { contributor: string; reason: string }[] }]>([
    ['leaves a candidate out', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [] })],
    ['lists one twice', ({ candidates }) => ({ candidates, skipped: [{ contributor: candidates[0]!, reason: 'offline' }] })],
    ['names a stranger', ({ candidates }) => ({ candidates, skipped: [{ contributor: testHash('nobody'), reason: 'offline' }] })],
    ['names a stranger for one of them', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [{ contributor: testHash('nobody'), reason: 'offline' }] })],
    ['lists an evaluator', ({ candidates }) => ({ candidates, skipped: [{ contributor: keyIdHex(testSigner('judge')), reason: 'offline' }] })],
  ])('that %s is found', async (_, list) => {
    open({ list });
    await expectFound(scene, 'audit.candidates', 'round.open');
  });

  it.each<[string, (honest: CandidateList) => unknown]>([
    ['without skipped', ({ candidates }) => ({ candidates })],
    ['with a field of its own', (honest) => ({ ...honest, note: 'all of them' })],
    ['of null', () => null],
    ['with null for skipped', (honest) => ({ ...honest, skipped: null })],
    ['with a row of null', (honest) => ({ ...honest, skipped: [null] })],
    ['with a row without a reason', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [{ contributor: candidates[0] }] })],
    ['with a row with a note', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [{ contributor: candidates[0], reason: 'offline', note: 1 }] })],
    ['with a reason that is no code', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [{ contributor: candidates[0], reason: 'Asleep!' }] })],
    ['with null for a reason', ({ candidates }) => ({ candidates: candidates.slice(1), skipped: [{ contributor: candidates[0], reason: null }] })],
    ['with a number for a candidate', ({ candidates }) => ({ candidates: [...candidates, 5], skipped: [] })],
  ])('whose list is of another shape, %s, is found', async (_, form) => {
    scene.plannedRun();
    const honest = { candidates: scene.contributors.map(keyIdHex).sort(), skipped: [] };
    scene.openRound({ change: { candidates: scene.put(encodeCanonicalJson(form(honest))) } });
    scene.seal();
    await expectFound(scene, 'audit.candidates', 'round.open');
  });

  it('whose list has another length is found', async () => {
    scene.plannedRun();
    const { candidates } = scene.openingOf().body;
    scene.openRound({ change: { candidates: { ...candidates, bytes: candidates.bytes + 1 } } });
    scene.seal();
    await expectFound(scene, 'audit.blob-bytes', 'round.open');
  });

  it('whose list is in another form than the one of its value is found', async () => {
    scene.plannedRun();
    scene.openRound({ change: { candidates: scene.put(new TextEncoder().encode('{"candidates":[], "skipped":[]}')) } });
    scene.seal();
    await expectFound(scene, 'json.canonical', 'round.open');
  });

  it('that opens with fewer candidates than the plan asks for is found', async () => {
    scene.plannedRun({ plan: planBytes({ cohort: { size: 'all', minimum: 3 } }) });
    const alice = keyIdHex(scene.contributors[0]!);
    scene.openRound({ list: ({ candidates }) => ({ candidates: candidates.filter((keyId) => keyId !== alice), skipped: [{ contributor: alice, reason: 'offline' }] }) });
    scene.seal();
    await expectFound(scene, 'audit.candidates', 'round.open');
  });

  it('that opens a round more than the plan has is found', async () => {
    scene.plannedRun({ plan: planBytes({ rounds: 1 }) });
    await scene.playAudited();
    scene.openRound();
    scene.seal();
    await expectFound(scene, 'audit.rounds', 'round.open');
  });

  it.each<[string, Partial<Payload<'round.open'>['policy']>]>([
    ['a lower quorum', { quorum: 1 }],
    ['a lower target', { target: 2 }],
    ['a later deadline', { deadlineMs: 60_001 }],
    ['another weighting', { weighting: 'uniform' }],
    ['a lower cap', { examplesCap: 999 }],
  ])('about the policy (%s) is found', async (_, policy) => {
    scene.plannedRun({ plan: planBytes({ policy: { ...POLICY, quorum: 2 } }) });
    const honest = scene.openingOf().body.policy;
    scene.openRound({ change: { policy: { ...honest, quorum: 2, ...policy } } });
    scene.seal();
    await expectFound(scene, 'audit.policy', 'round.open');
  });

  it('about the policy is none when the plan counts in fractions of a second', async () => {
    scene.plannedRun({ plan: planBytes({ policy: { ...POLICY, deadlineSeconds: 1.0001 } }) });
    scene.openRound({ change: { policy: { ...scene.openingOf().body.policy, deadlineMs: 1001 } } });
    scene.seal();
    expect(await scene.audit()).toMatchObject({ cohorts: 1 });
  });

  it.each([
    ['a larger bound', { s: 51 - 12 - 4, bound: 16, aMax: 3000 }],
    ['a larger A_max, so a coarser grid', { s: 51 - 13 - 3, bound: 8, aMax: 6000 }],
  ])('about the grid (%s) is found', async (_, grid) => {
    open({ change: { grid } }, 'all');
    await expectFound(scene, 'audit.grid', 'round.open');
  });
});
