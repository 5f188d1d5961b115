import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { WORKER_EVENTS } from '@fedseal/protocol/worker-messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniCoordinator } from '../testing/mini-coordinator.testing.js';
import { heldDataset, tinyDataset } from '../testing/stub-trainer.testing.js';
import { temporaryHome, WorkerHarness } from '../testing/worker-harness.testing.js';
import { datasetCommitment, datasetDigest } from './dataset-commitment.js';

let coordinator: MiniCoordinator;
let worker: WorkerHarness;
let trainerSide: WorkerHarness;
let home: Awaited<ReturnType<typeof temporaryHome>>;
let otherHome: Awaited<ReturnType<typeof temporaryHome>>;

beforeEach(async () => {
  [home, otherHome] = [await temporaryHome(), await temporaryHome()];
  coordinator = new MiniCoordinator();
  await coordinator.start();
  worker = new WorkerHarness(home.home, { invite: coordinator.invitation('evaluator') });
  await worker.event('online');
  // A run needs somebody to train it.
  trainerSide = new WorkerHarness(otherHome.home, { invite: coordinator.invitation() });
  await trainerSide.event('enrolled');
  await trainerSide.stop().catch(() => undefined);
  await coordinator.until(() => coordinator.connected === 1);
  coordinator.openRound();
});

afterEach(async () => {
  await worker.stop();
  await coordinator.stop();
  await home.remove();
  await otherHome.remove();
});

describe('an evaluator', () => {
  it('measures the model it is asked for and signs the result under a salted commitment to its data', async () => {
    expect(await coordinator.push(WORKER_EVENTS.evaluate, coordinator.evaluateRequest())).toEqual([{ ok: true }]);
    expect(await worker.event('evaluated')).toMatchObject({ round: 0, accuracy: 0.875, loss: 0.25, examples: 8, outcome: 'delivered' });
    const [leaf] = coordinator.leavesOf('evaluation');
    const { salt } = JSON.parse(await readFile(join(home.home, 'dataset-salt.json'), 'utf8')) as { salt: string };
    const commitment = datasetCommitment(nodeCrypto, fromHex(salt), datasetDigest(tinyDataset));
    expect(leaf?.payload).toMatchObject({
      run: 'demo', round: 0, model: coordinator.base.artifact.sha256, dataset: { commitment, examples: 8 },
      metrics: { loss: '0.25', accuracy: '0.875' },
    });
  });

  it('sends the same leaf when it is asked again', async () => {
    await coordinator.push(WORKER_EVENTS.evaluate, coordinator.evaluateRequest());
    await worker.event('evaluated');
    await coordinator.push(WORKER_EVENTS.evaluate, coordinator.evaluateRequest());
    expect(await worker.event('evaluated', () => true, 2)).toMatchObject({ code: 'leaf.duplicate', outcome: 'delivered' });
    expect(coordinator.leavesOf('evaluation')).toHaveLength(1);
  });

  it('does not train', async () => {
    expect(await coordinator.push(WORKER_EVENTS.invite, coordinator.inviteFor(1, coordinator.chain.head))).toMatchObject([
      { ok: false, code: 'role.mismatch' },
    ]);
  });
});

describe('a contributor', () => {
  it('measures on its hold-out, under the hold-out\'s commitment, and trains all the same', async () => {
    const contributor = new WorkerHarness(otherHome.home, { holdOut: true });
    try {
      await contributor.event('online');
      await worker.stop();
      await coordinator.until(() => coordinator.connected === 1);
      expect(await coordinator.push(WORKER_EVENTS.evaluate, coordinator.evaluateRequest())).toEqual([{ ok: true }]);
      expect(await contributor.event('evaluated')).toMatchObject({ round: 0, outcome: 'delivered' });
      const { salt } = JSON.parse(await readFile(join(otherHome.home, 'dataset-salt.json'), 'utf8')) as { salt: string };
      const commitment = datasetCommitment(nodeCrypto, fromHex(salt), datasetDigest(heldDataset));
      expect(coordinator.leavesOf('evaluation')[0]?.payload).toMatchObject({ dataset: { commitment } });
      expect(contributor.events).toContainEqual(expect.objectContaining({ event: 'notice', code: 'data.class-missing' }));
    } finally {
      await contributor.stop();
    }
  });

  it('without a hold-out does not measure', async () => {
    const contributor = new WorkerHarness(otherHome.home);
    try {
      await contributor.event('online');
      await worker.stop();
      await coordinator.until(() => coordinator.connected === 1);
      expect(await coordinator.push(WORKER_EVENTS.evaluate, coordinator.evaluateRequest())).toMatchObject([{ ok: false, code: 'evaluation.no-hold-out' }]);
    } finally {
      await contributor.stop();
    }
  });
});

describe('a data set\'s digest', () => {
  it('differs when an image, a label, or only the shape differs', () => {
    const variants = [
      tinyDataset,
      { ...tinyDataset, images: tinyDataset.images.map((value, i) => (i === 0 ? value + 1 : value)) },
      { ...tinyDataset, labels: tinyDataset.labels.map((value, i) => (i === 0 ? value + 1 : value)) },
      { ...tinyDataset, shape: [4, 1, 1] },
      { ...tinyDataset, count: 4 },
      { ...tinyDataset, images: Float32Array.from(tinyDataset.images) },
    ];
    const digests = new Set(variants.map((each) => Buffer.from(datasetDigest(each)).toString('hex')));
    expect(digests.size).toBe(variants.length);
  });
});
