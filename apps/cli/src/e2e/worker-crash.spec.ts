import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestFederation } from './test-federation.testing.js';

describe('a worker that dies in a round', () => {
  let federation: TestFederation;

  beforeAll(async () => {
    federation = await TestFederation.create();
    await federation.startCoordinator();
    await federation.startWorker('evaluator', 'evaluator');
    await federation.startWorker('clinic-1', 'contributor');
    await federation.startWorker('clinic-2', 'contributor');
    await federation.createRun({ name: 'undisturbed', rounds: 1 });
    await federation.ended('undisturbed');
  });

  afterAll(() => federation?.close());

  it.each(['before-upload', 'after-upload', 'before-commit', 'after-commit'])('comes back after dying %s and counts once', async (moment) => {
    await federation.stopWorker('clinic-2');
    const doomed = await federation.startWorker('clinic-2', 'contributor', { FEDSEAL_WORKER_CRASH_AT: moment });
    await federation.createRun({ name: moment });
    expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await federation.startWorker('clinic-2', 'contributor');
    expect(await federation.ended(moment)).toMatchObject({ status: 'completed', closed: 2 });
    for (const round of await federation.rounds(moment)) expect(round).toMatchObject({ attempt: 1, accepted: 2, refused: 0, silent: 0 });
  });

  it('is given up at the deadline when it stays away, and its silence is sealed', async () => {
    await federation.stopWorker('clinic-2');
    const doomed = await federation.startWorker('clinic-2', 'contributor', { FEDSEAL_WORKER_CRASH_AT: 'before-upload' });
    await federation.createRun({ name: 'left-alone', rounds: 1, policy: { quorum: 1, deadlineSeconds: 8 } });
    expect(await doomed.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(await federation.ended('left-alone')).toMatchObject({ status: 'completed', closed: 1 });
    expect(await federation.rounds('left-alone')).toMatchObject([{ accepted: 1, silent: 1 }]);
  });

  it('leaves a chain that an audit passes', async () => {
    expect((await federation.audit()).answer).toMatchObject({ verified: true });
  });
});
