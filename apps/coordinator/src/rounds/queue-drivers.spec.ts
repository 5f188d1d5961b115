import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Provenance } from '@fedseal/protocol/rest';
import { RedisServer, hasRedisServer } from '../queue/redis-server.testing.js';
import { recomputedModel } from './recomputed-model.testing.js';
import { RoundScene, honest, silent, type SceneWorker } from './round-scene.testing.js';

const why = 'there is no redis-server on PATH';

describe('rounds on graphile-worker', () => roundsOn(() => Promise.resolve(undefined)));

if (hasRedisServer) {
  describe('rounds on BullMQ', () => roundsOn(() => RedisServer.start()));
} else {
  // Reporters leave out the names of what was skipped.
  console.warn(`Skipped: rounds on BullMQ, because ${why}`);
  describe.skip(`rounds on BullMQ: skipped, because ${why}`, () => {
    it('needs Redis', () => undefined);
  });
}

function roundsOn(startRedis: () => Promise<RedisServer | undefined>): void {
  let redis: RedisServer | undefined;
  let scene: RoundScene;
  let workers: SceneWorker[];
  beforeAll(async () => {
    redis = await startRedis();
    scene = await RoundScene.open({ redisUrl: redis?.url });
    workers = await Promise.all(['alpha', 'beta', 'gamma'].map((name) => scene.join(name)));
  });
  beforeEach(() => {
    for (const worker of workers) worker.behave = honest;
  });
  afterAll(async () => {
    await scene?.close();
    await redis?.stop();
  });

  const provenance = (run: string, round: number) => scene.get<Provenance>(`/v1/runs/${run}/rounds/${round}/provenance`);

  it('check every update and close', async () => {
    await scene.createRun('whole', { rounds: 3 });
    expect(await scene.ended('whole')).toMatchObject({ status: 'completed', closed: 3 });
    const record = await provenance('whole', 3);
    expect(record).toMatchObject({ accepted: 3 });
    expect(await recomputedModel(scene, record)).toBe(record.model?.sha256);
  });

  it('end at their deadline', async () => {
    workers[0]!.behave = silent;
    await scene.createRun('deadline', { rounds: 1, policy: { deadlineSeconds: 1 } });
    expect(await scene.ended('deadline')).toMatchObject({ status: 'completed' });
    const { accepted, silent: silences, closedAtMs, deadlineAtMs } = await provenance('deadline', 1);
    expect({ accepted, silences }).toEqual({ accepted: 2, silences: 1 });
    expect(closedAtMs).toBeGreaterThanOrEqual(deadlineAtMs);
  });

  it('end at their deadline also when the queue lost it', async () => {
    workers[0]!.behave = silent;
    await scene.createRun('flushed', { rounds: 1, policy: { deadlineSeconds: 3 } });
    await scene.accepted('flushed', 2);
    await redis?.kill();
    await redis?.restart();
    await scene.restart();
    await Promise.all(workers.map((worker) => worker.connect()));
    expect(await scene.ended('flushed')).toMatchObject({ status: 'completed' });
    expect(await provenance('flushed', 1)).toMatchObject({ attempt: 1, accepted: 2, silent: 1 });
  });
}
