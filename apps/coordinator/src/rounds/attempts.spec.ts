import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '@fedseal/chain/bytes';
import { cohortSeed, drawCohort } from '@fedseal/chain/cohort/draw-cohort';
import { decodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { Provenance, RoundView, RunDetail } from '@fedseal/protocol/rest';
import { audit } from '../ledger/commands/run-audit.js';
import { openStorage } from '../storage/open-storage.js';
import { recomputedModel } from './recomputed-model.testing.js';
import { RoundScene, TINY_PLAN, honest, silent, type SceneWorker } from './round-scene.testing.js';

let scene: RoundScene;
let workers: SceneWorker[];
beforeAll(async () => {
  scene = await RoundScene.open();
  workers = [];
  for (const name of ['alpha', 'beta', 'gamma']) workers.push(await scene.join(name));
});
beforeEach(() => {
  for (const worker of workers) worker.behave = honest;
});
afterAll(() => scene.close());

const provenance = (run: string, round: number, attempt?: number) =>
  scene.get<Provenance>(`/v1/runs/${run}/rounds/${round}/provenance${attempt === undefined ? '' : `?attempt=${attempt}`}`);
const rounds = async (run: string) => (await scene.get<{ rounds: RoundView[] }>(`/v1/runs/${run}/rounds`)).rounds;
const view = (run: string) => scene.get<RunDetail>(`/v1/runs/${run}`);
const stop = (run: string, final: boolean) => scene.post(`/v1/runs/${run}/stop`, { final });
const resume = (run: string) => scene.post(`/v1/runs/${run}/resume`, {});
const linesOf = (run: string) => scene.story(run).filter((line) => !line.startsWith('update.'));

describe('a round below quorum', () => {
  it('is tried again', async () => {
    const [alpha, ...others] = workers;
    for (const worker of others) worker.behave = (invite) => (invite.attempt === 1 ? silent(invite, worker) : honest(invite, worker));
    await scene.createRun('retried', { rounds: 1, policy: { deadlineSeconds: 1 } });
    expect(await scene.ended('retried')).toMatchObject({ status: 'completed', closed: 1 });
    expect(await rounds('retried')).toMatchObject([
      { round: 1, attempt: 1, status: 'failed', accepted: 1, silent: 2, model: null },
      { round: 1, attempt: 2, status: 'closed', accepted: 3, silent: 0 },
    ]);
    expect(linesOf('retried')).toEqual(['run.created.v1', 'round.opened.v1 1 1', 'round.failed.v1 1 1', 'round.opened.v1 1 2', 'round.closed.v1 1 2', 'run.ended.v1']);
    const first = await provenance('retried', 1, 1);
    expect(first).toMatchObject({ closed: null, block: null, denominator: null });
    expect(first.contributions.find(({ contributor }) => contributor === alpha!.keyId)).toMatchObject({ outcome: 'accepted', weight: null });
    expect(alpha!.cancels.at(-1)).toEqual({ run: 'retried', round: 1, attempt: 1, reason: 'below-quorum' });
    const second = await provenance('retried', 1);
    expect(second.attempt).toBe(2);
    expect(await recomputedModel(scene, second)).toBe(second.model?.sha256);
  });

  it('fails the run when no try is left, with the last model safe', async () => {
    for (const worker of workers) worker.behave = (invite) => (invite.round === 1 ? honest(invite, worker) : silent(invite, worker));
    await scene.createRun('failed', { policy: { deadlineSeconds: 1 } });
    const run = await scene.ended('failed');
    expect(run).toMatchObject({ status: 'failed', phase: 'ended', reason: 'below-quorum', closed: 1 });
    expect((await rounds('failed')).map(({ round, attempt, status }) => [round, attempt, status])).toEqual([[1, 1, 'closed'], [2, 1, 'failed'], [2, 2, 'failed']]);
    const closed = await provenance('failed', 1);
    expect(run.model).toEqual(closed.model);
    expect(run.ended?.sealed).not.toBeNull();
    expect((await scene.blob(run.model.sha256)).length).toBe(run.model.bytes);
    expect(await scene.event('run.ended.v1', (data) => data.run === 'failed')).toEqual({ run: 'failed', outcome: 'failed', reason: 'below-quorum' });
  });
});

describe('a cohort of two out of three', () => {
  it('is the one that the seed draws', async () => {
    await scene.createRun('drawn', { rounds: 4, cohort: { size: 2, minimum: 3 } });
    const run = await scene.ended('drawn');
    const cohorts = new Set<string>();
    for (let round = 1; round <= 4; round++) {
      const record = await provenance('drawn', round);
      const { payload } = await scene.get<{ payload: { seed: { height: number; blockHash: string } } }>(`/v1/leaves/${record.opened.sealed!.index}`);
      const { candidates, skipped } = decodeCanonicalJson(await scene.blob(record.candidates)) as { candidates: string[]; skipped: unknown[] };
      expect([[...candidates].sort(), skipped]).toEqual([workers.map(({ keyId }) => keyId).sort(), []]);
      expect((await scene.get<{ hash: string }>(`/v1/blocks/${payload.seed.height}`)).hash).toBe(payload.seed.blockHash);
      const seed = cohortSeed(nodeCrypto, { blockHash: fromHex(payload.seed.blockHash), runLeafHash: fromHex(run.created.hash), round });
      const drawn = drawCohort(nodeCrypto, { seed, candidates, size: 2 });
      expect(record.cohort.map(({ contributor }) => contributor)).toEqual(drawn);
      expect(record.contributions.map(({ contributor }) => contributor).sort()).toEqual([...drawn].sort());
      const invited = workers.filter(({ invites }) => invites.some((invite) => invite.run === 'drawn' && invite.round === round));
      expect(invited.map(({ keyId }) => keyId).sort()).toEqual([...drawn].sort());
      cohorts.add(drawn.join());
    }
    expect(cohorts.size).toBeGreaterThan(1);
  });
});

describe('the operator', () => {
  it('pauses a round under way, and resuming tries it again', async () => {
    const [alpha, ...others] = workers;
    for (const worker of others) worker.behave = (invite) => (invite.attempt === 1 ? silent(invite, worker) : honest(invite, worker));
    await scene.createRun('paused', { rounds: 1 });
    await scene.event('update.accepted.v1', ({ run }) => run === 'paused');
    expect((await stop('paused', false)).json).toMatchObject({ status: 'running', phase: 'paused', attempt: 2 });
    expect((await stop('paused', false)).json).toMatchObject({ phase: 'paused', attempt: 2 });
    expect(await rounds('paused')).toMatchObject([{ attempt: 1, status: 'failed', accepted: 1, silent: 2 }]);
    expect((await resume('paused')).json).toMatchObject({ status: 'running' });
    expect((await resume('paused')).status).toBe(200);
    expect(await scene.ended('paused')).toMatchObject({ status: 'completed', closed: 1 });
    expect(await rounds('paused')).toMatchObject([{ attempt: 1, status: 'failed' }, { attempt: 2, status: 'closed', accepted: 3 }]);
    expect(alpha!.cancels.at(-1)).toEqual({ run: 'paused', round: 1, attempt: 1, reason: 'paused' });
  });

  it('stops a run for good, with the last closed model', async () => {
    for (const worker of workers) worker.behave = (invite) => (invite.round === 1 ? honest(invite, worker) : silent(invite, worker));
    await scene.createRun('stopped', { rounds: 3 });
    await scene.event('round.opened.v1', ({ run, round }) => run === 'stopped' && round === 2);
    expect((await stop('stopped', true)).status).toBe(200);
    const run = await scene.ended('stopped');
    expect(run).toMatchObject({ status: 'stopped', phase: 'ended', reason: 'operator', closed: 1, model: (await provenance('stopped', 1)).model });
    expect((await stop('stopped', true)).json).toMatchObject({ status: 'stopped' });
    expect((await resume('stopped')).json).toMatchObject({ status: 'stopped', phase: 'ended' });
    expect((await provenance('stopped', 2)).contributions.map(({ outcome }) => outcome)).toEqual(['silent', 'silent', 'silent']);
  });

  it('stops a run that still waits for contributors', async () => {
    await scene.createRun('early', { cohort: { minimum: 4 } });
    expect(await view('early')).toMatchObject({ status: 'pending', phase: 'gathering' });
    expect((await stop('early', true)).status).toBe(200);
    expect(await scene.ended('early')).toMatchObject({ status: 'stopped', closed: 0, ended: { sealed: { height: expect.any(Number) as number } } });
  });

  it('hears what cannot be done', async () => {
    expect((await stop('unknown', true)).problem).toMatchObject({ status: 404, code: 'run.not-found' });
    expect((await resume('unknown')).problem).toMatchObject({ status: 404, code: 'run.not-found' });
    expect((await scene.post('/v1/runs', { ...TINY_PLAN, name: 'retried' })).problem).toMatchObject({ status: 409, code: 'run.taken' });
    expect((await scene.post('/v1/runs', { ...TINY_PLAN, name: 'thin', cohort: { size: 1 } })).problem).toMatchObject({ status: 422, code: 'plan.quorum' });
    const shapeless = { ...TINY_PLAN.model, layers: [{ type: 'conv2d', filters: 1, kernelSize: 3 }] };
    expect((await scene.post('/v1/runs', { ...TINY_PLAN, name: 'odd', model: shapeless })).problem).toMatchObject({ status: 422, code: 'plan.model' });
    expect((await scene.post('/v1/runs', { ...TINY_PLAN, name: 'none', rounds: 0 })).problem).toMatchObject({ status: 400, code: 'request.invalid' });
    const anybody = await fetch(`${scene.url}/v1/runs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...TINY_PLAN, name: 'mine' }) });
    expect(anybody.status).toBe(401);
  });
});

describe('two runs at once', () => {
  it('keep their rounds apart', async () => {
    await Promise.all([scene.createRun('left', { rounds: 3, seed: 1 }), scene.createRun('right', { rounds: 3, seed: 2 })]);
    for (const run of ['left', 'right']) {
      expect(await scene.ended(run)).toMatchObject({ status: 'completed', closed: 3 });
      const last = await provenance(run, 3);
      expect(await recomputedModel(scene, last)).toBe(last.model?.sha256);
    }
  });
});

describe('an evaluation that is awaited', () => {
  it('keeps the run open until it comes or its time is up', async () => {
    const judge = await scene.join('judge', 'evaluator');
    await scene.createRun('judged', { rounds: 1, evaluation: { central: true } });
    expect(await scene.ended('judged')).toMatchObject({ status: 'completed' });
    expect((await provenance('judged', 1)).evaluations).toMatchObject([{ evaluator: judge.keyId }]);
    judge.light.disconnect();
    await scene.event('worker.offline.v1', ({ contributor }) => contributor === judge.keyId);
    await scene.createRun('unjudged', { rounds: 1, evaluation: { central: true, timeoutSeconds: 1 } });
    await scene.event('round.closed.v1', ({ run }) => run === 'unjudged');
    expect(await view('unjudged')).toMatchObject({ status: 'running', phase: 'finishing' });
    expect(await scene.ended('unjudged')).toMatchObject({ status: 'completed' });
    expect((await provenance('unjudged', 1)).evaluations).toEqual([]);
    // It comes online while it is awaited.
    await scene.createRun('judged-later', { rounds: 1, evaluation: { central: true } });
    await scene.event('round.closed.v1', ({ run }) => run === 'judged-later');
    await judge.connect();
    expect(await scene.ended('judged-later')).toMatchObject({ status: 'completed' });
    expect((await provenance('judged-later', 1)).evaluations).toHaveLength(1);
  });
});

describe('a plan that keeps', () => {
  const kept = async (run: string, round: number) => {
    const { contributions } = await provenance(run, round);
    return Promise.all(contributions.map(({ update }) => scene.blob(update!.sha256).then(() => true, () => false)));
  };

  it('hashes alone lets its updates go, and nothing else', async () => {
    await scene.createRun('hashes', { retention: 'hashes' });
    const { model } = await scene.ended('hashes');
    for (const round of [1, 2]) await expect.poll(() => kept('hashes', round)).toEqual([false, false, false]);
    expect((await scene.blob(model.sha256)).length).toBe(model.bytes);
    expect(await provenance('hashes', 1)).toMatchObject({ accepted: 3, denominator: '600' });
  });

  it('the last rounds lets go of those before', async () => {
    await scene.createRun('recent', { rounds: 3, retention: { lastRounds: 2 } });
    await scene.ended('recent');
    await expect.poll(() => kept('recent', 1)).toEqual([false, false, false]);
    for (const round of [2, 3]) expect(await kept('recent', round)).toEqual([true, true, true]);
  });
});

describe('all of this', () => {
  it('is no reason to complain', () => {
    expect(scene.complaints()).toEqual([]);
  });

  it('passes an audit', async () => {
    const storage = await openStorage({ home: scene.home, databaseUrl: scene.databaseUrl });
    try {
      const answer = await audit(storage);
      expect(answer).toMatchObject({ verified: true });
      const gone = answer.verified ? answer.rounds.filter(({ status }) => status !== 'reproduced') : [];
      expect(gone.map(({ run, round, status }) => [run, round, status])).toEqual([['hashes', 1, 'not-kept'], ['hashes', 2, 'not-kept'], ['recent', 1, 'not-kept']]);
    } finally {
      await storage.close();
    }
  });
});
