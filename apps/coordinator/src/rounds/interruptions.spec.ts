import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Provenance } from '@fedseal/protocol/rest';
import { FederationEvents } from '../observability/federation-events.js';
import { Queue } from '../queue/queue.js';
import { BlobStore } from '../storage/ports/blob.store.js';
import { recomputedModel } from './recomputed-model.testing.js';
import { RoundScene, honest, silent, type SceneWorker } from './round-scene.testing.js';

let scene: RoundScene;
let workers: [SceneWorker, SceneWorker, SceneWorker];
let gamma: SceneWorker;
beforeAll(async () => {
  scene = await RoundScene.open();
  gamma = await scene.join('gamma');
  workers = [gamma, await scene.join('alpha'), await scene.join('beta')];
});
beforeEach(() => {
  for (const worker of workers) worker.behave = honest;
});
afterAll(() => scene.close());

const provenance = (run: string, round: number) => scene.get<Provenance>(`/v1/runs/${run}/rounds/${round}/provenance`);
const invitesOf = (worker: SceneWorker, run: string) => worker.invites.filter((invite) => invite.run === run).map(({ round, attempt }) => [round, attempt]);
const reconnect = () => Promise.all(workers.map((worker) => worker.connect()));

/** Gamma hears its first invitation and does nothing about it; the other two take part. */
async function withoutGamma(run: string, rounds = 1): Promise<void> {
  let isFirst = true;
  gamma.behave = (invite, worker) => {
    if (!isFirst) return honest(invite, worker);
    isFirst = false;
    return silent(invite, worker);
  };
  await scene.createRun(run, { rounds });
  await scene.accepted(run, 2);
}

async function expectWhole(run: string, rounds: number): Promise<void> {
  expect(await scene.ended(run)).toMatchObject({ status: 'completed', closed: rounds });
  for (let round = 1; round <= rounds; round++) {
    const record = await provenance(run, round);
    expect(record).toMatchObject({ attempt: 1, accepted: 3, refused: 0, silent: 0, denominator: '600' });
    expect(await recomputedModel(scene, record)).toBe(record.model?.sha256);
  }
}

describe('a worker that loses its connection in a round', () => {
  it('is invited again when it comes back, and counts', async () => {
    await withoutGamma('returned');
    await gamma.connect();
    await expectWhole('returned', 1);
    expect(invitesOf(gamma, 'returned')).toEqual([[1, 1], [1, 1]]);
  });

  it('is not invited again for what it has sent', async () => {
    await withoutGamma('sent', 2);
    const [, alpha] = workers;
    await alpha.connect();
    await gamma.connect();
    await expectWhole('sent', 2);
    expect(invitesOf(alpha, 'sent')).toEqual([[1, 1], [2, 1]]);
  });

  it('is waited for before a round opens', async () => {
    gamma.light.disconnect();
    await scene.event('worker.offline.v1', ({ contributor }) => contributor === gamma.keyId);
    await scene.createRun('waited', { rounds: 1 });
    expect(await scene.get('/v1/runs/waited')).toMatchObject({ status: 'pending', phase: 'gathering' });
    await gamma.connect();
    await expectWhole('waited', 1);
  });
});

describe('a coordinator that is closed and opened again', () => {
  it('in the middle of a round folds again what it had accepted, to the same model', async () => {
    await withoutGamma('folded', 2);
    await scene.restart();
    expect(scene.log.filter((line) => line.includes('run folded goes on: round 1, attempt 1, training'))).toHaveLength(1);
    await reconnect();
    await expectWhole('folded', 2);
    expect(scene.log.filter((line) => line.includes('again from the store'))).toHaveLength(2);
  });

  it('before a round opens it with the workers that come back', async () => {
    gamma.light.disconnect();
    await scene.createRun('reopened', { rounds: 1 });
    await scene.restart();
    expect(await scene.get('/v1/runs/reopened')).toMatchObject({ status: 'pending', phase: 'gathering' });
    await reconnect();
    await expectWhole('reopened', 1);
  });

  it('keeps a deadline that passes meanwhile', async () => {
    gamma.behave = silent;
    await scene.createRun('overdue', { rounds: 1, policy: { deadlineSeconds: 1 } });
    await scene.accepted('overdue', 2);
    await scene.restart();
    expect(await scene.ended('overdue')).toMatchObject({ status: 'completed' });
    expect(await provenance('overdue', 1)).toMatchObject({ attempt: 1, accepted: 2, silent: 1 });
    await reconnect();
  });

  it('still holds what the operator paused', async () => {
    await withoutGamma('held');
    await scene.post('/v1/runs/held/stop', {});
    await scene.restart();
    await reconnect();
    expect(await scene.get('/v1/runs/held')).toMatchObject({ status: 'running', phase: 'paused', attempt: 2 });
    await scene.post('/v1/runs/held/resume', {});
    expect(await scene.ended('held')).toMatchObject({ status: 'completed', closed: 1 });
    expect(await provenance('held', 1)).toMatchObject({ attempt: 2, accepted: 3 });
  });

  it('still waits for an evaluation', async () => {
    const judge = await scene.join('judge', 'evaluator');
    // Only an evaluator whose enrolment is sealed is waited for while it is away.
    await scene.sealed(judge.keyId);
    judge.light.disconnect();
    await scene.event('worker.offline.v1', ({ contributor }) => contributor === judge.keyId);
    await scene.createRun('unmeasured', { rounds: 1, evaluation: { central: true } });
    await scene.event('round.closed.v1', ({ run }) => run === 'unmeasured');
    await scene.restart();
    await judge.connect();
    expect(await scene.ended('unmeasured')).toMatchObject({ status: 'completed' });
    expect((await provenance('unmeasured', 1)).evaluations).toHaveLength(1);
    await reconnect();
  });
});

describe('a model that cannot be stored at once', () => {
  it('closes no round, and is stored by the queue in a moment', async () => {
    await withoutGamma('full', 2);
    const invite = gamma.invites.at(-1)!;
    const update = gamma.light.pack(invite);
    await gamma.light.upload(update);
    // The disk is full, once. What is streamed to the store from here on is the model.
    const blobs = scene.app.get(BlobStore);
    const putStream = blobs.putStream.bind(blobs);
    let failures = 0;
    blobs.putStream = () => {
      failures++;
      blobs.putStream = putStream;
      return Promise.reject(new Error('no space left on device'));
    };
    await gamma.light.submit(gamma.light.commit(invite, update.artifact));
    await expectWhole('full', 2);
    expect(failures).toBe(1);
  });
});

describe('a worker that comes online again and again while a round is prepared', () => {
  it('does not keep it from opening', async () => {
    gamma.light.disconnect();
    await scene.createRun('hectic', { rounds: 2 });
    await Promise.all([gamma.connect(), ...workers.slice(1).map((worker) => worker.connect())]);
    await Promise.all(workers.map((worker) => worker.connect()));
    await expectWhole('hectic', 2);
  });
});

describe('effects that are delivered again', () => {
  it('during and after their work change nothing', async () => {
    const queue = scene.app.get(Queue);
    const deliver = (name: string, id: string) => queue.add({ name, key: id, payload: { id } });
    const repeat = (commit: string) => Promise.all([deliver('update.check', `check.${commit}`), deliver('round.aggregate', 'aggregate.again.1.1')]);
    const stop = scene.app.get(FederationEvents).listen(({ name, data }) => {
      if (name === 'update.accepted.v1') void repeat(data.commit);
    });
    await scene.createRun('again', { rounds: 2 });
    await expectWhole('again', 2);
    stop();
    const commits = (await provenance('again', 1)).contributions.map(({ commit }) => commit!.hash);
    const before = await scene.get('/v1/runs/again');
    await Promise.all(commits.map(repeat));
    // A run that comes after has passed through the same queue.
    await scene.createRun('after', { rounds: 1 });
    await expectWhole('after', 1);
    expect(await scene.get('/v1/runs/again')).toEqual(before);
    expect(scene.story('again').filter((line) => line.startsWith('round.closed'))).toEqual(['round.closed.v1 1 1', 'round.closed.v1 2 1']);
  });
});

describe('the log', () => {
  it('complains of the full disk alone', () => {
    expect(scene.complaints()).toEqual([expect.stringMatching(/^aggregate\.full\.1\.1 failed at once and goes to the queue/)]);
  });
});
