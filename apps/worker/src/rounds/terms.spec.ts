import { WORKER_EVENTS, type RoundInvite } from '@fedseal/protocol/worker-messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniCoordinator } from '../testing/mini-coordinator.testing.js';
import { temporaryHome, WorkerHarness } from '../testing/worker-harness.testing.js';

let coordinator: MiniCoordinator;
let worker: WorkerHarness;
let removeHome: () => Promise<void>;

beforeEach(async () => {
  const { home, remove } = await temporaryHome();
  removeHome = remove;
  coordinator = new MiniCoordinator();
  await coordinator.start();
  worker = new WorkerHarness(home, { invite: coordinator.invitation() });
  await worker.event('online');
});

afterEach(async () => {
  await worker.stop();
  await coordinator.stop();
  await removeHome();
});

const invitation = (terms?: object): RoundInvite => ({ ...coordinator.openRound(), ...(terms === undefined ? {} : { terms }) });

describe('the terms of an invitation', () => {
  it.each([
    ['are kept: FedProx’s μ reaches the trainer as a number', { proximalMu: '0.01' }, 0.01],
    ['may be empty', {}, undefined],
    ['may be absent', undefined, undefined],
  ])('%s', async (_, terms, proximalMu) => {
    expect(await coordinator.push(WORKER_EVENTS.invite, invitation(terms))).toEqual([{ ok: true }]);
    await worker.event('update');
    expect(worker.trainer.jobs.map((job) => job.proximalMu)).toEqual([proximalMu]);
  });

  it.each([{ proximalMu: '-1' }, { proximalMu: 0.01 }, { dropout: '0.5' }])('are refused where they are not understood: %j', async (terms) => {
    expect(await coordinator.push(WORKER_EVENTS.invite, invitation(terms))).toMatchObject([{ ok: false }]);
    expect(worker.trainer.jobs).toEqual([]);
  });
});
