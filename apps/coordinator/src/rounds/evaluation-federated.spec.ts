import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RoundView, RunDetail } from '@fedseal/protocol/rest';
import type { Ack, EvaluateRequest } from '@fedseal/protocol/worker-messages';
import { audit } from '../ledger/commands/run-audit.js';
import { openStorage } from '../storage/open-storage.js';
import { RoundScene, honest, silent, type SceneWorker } from './round-scene.testing.js';

let scene: RoundScene;
let workers: SceneWorker[];
beforeAll(async () => {
  scene = await RoundScene.open();
  workers = [];
  for (const name of ['alpha', 'beta', 'gamma']) workers.push(await scene.join(name));
});
beforeEach(() => {
  for (const worker of workers) {
    worker.behave = honest;
    worker.measure = measures;
  }
});
afterAll(() => scene.close());

const FEDERATED = { central: false, federated: true, timeoutSeconds: 60 };
const rounds = async (run: string) => (await scene.get<{ rounds: RoundView[] }>(`/v1/runs/${run}/rounds`)).rounds;
const view = (run: string) => scene.get<RunDetail>(`/v1/runs/${run}`);
const measures = (request: EvaluateRequest, worker: SceneWorker): Ack => {
  void worker.light.evaluate(request, 10 * (1 + workers.indexOf(worker)));
  return { ok: true };
};
/** Has no hold-out. */
const declines = (): Ack => ({ ok: false, code: 'evaluation.no-hold-out', message: 'There is nothing to measure with.' });
/** Takes the request and never answers it. */
const forgets = (): Ack => ({ ok: true });

describe('a plan that asks contributors to measure', () => {
  it('seals an evaluation of each for every round, and shows their mean', async () => {
    await scene.createRun('measured', { evaluation: FEDERATED });
    const run = await scene.ended('measured');
    const closed = await rounds('measured');
    expect(closed).toHaveLength(2);
    for (const { evaluations, measured } of closed) {
      expect(evaluations.map(({ name, source, examples, metrics }) => [name, source, examples, metrics['accuracy']]).sort()).toEqual([
        ['alpha', 'federated', 10, '0.75'], ['beta', 'federated', 20, '0.75'], ['gamma', 'federated', 30, '0.75'],
      ]);
      for (const { leaf } of evaluations) expect(leaf.sealed).not.toBeNull();
      expect(measured).toEqual({ central: null, federated: { accuracy: 0.75, loss: 0.5, examples: 60, evaluators: 3 } });
    }
    expect(run.measured).toEqual({ round: 2, central: null, federated: { accuracy: 0.75, loss: 0.5, examples: 60, evaluators: 3 } });
  });

  it('shows what an evaluator says apart from it', async () => {
    const judge = await scene.join('judge', 'evaluator');
    await scene.createRun('both', { rounds: 1, evaluation: { ...FEDERATED, central: true } });
    await scene.ended('both');
    const [round] = await rounds('both');
    expect(round!.measured).toEqual({
      central: { accuracy: 0.75, loss: 0.5, examples: 100, evaluators: 1 },
      federated: { accuracy: 0.75, loss: 0.5, examples: 60, evaluators: 3 },
    });
    const event = await scene.event('round.evaluated.v1', ({ run, source }) => run === 'both' && source === 'central');
    expect(event).toMatchObject({ name: 'judge', evaluator: judge.keyId, examples: 100 });
    judge.light.disconnect();
    await scene.event('worker.offline.v1', ({ contributor }) => contributor === judge.keyId);
  });

  it('does not wait for one that has nothing to measure with', async () => {
    workers[1]!.measure = declines;
    await scene.createRun('without-beta', { rounds: 1, evaluation: FEDERATED });
    await scene.ended('without-beta');
    expect((await rounds('without-beta'))[0]!.measured.federated).toMatchObject({ evaluators: 2, examples: 40 });
  });

  it('opens and closes further rounds while a measurement is outstanding, and ends at its timeout', async () => {
    workers[0]!.measure = forgets;
    await scene.createRun('slow', { rounds: 3, evaluation: { ...FEDERATED, timeoutSeconds: 1 } });
    await scene.event('round.closed.v1', ({ run, round }) => run === 'slow' && round === 3);
    expect(await scene.ended('slow')).toMatchObject({ status: 'completed', closed: 3 });
    for (const { measured } of await rounds('slow')) expect(measured.federated).toMatchObject({ evaluators: 2 });
    // It comes after all: what is late is taken, and counts in the view.
    const [first] = await rounds('slow');
    expect(await workers[0]!.light.evaluate({ run: 'slow', round: 1, model: first!.model! }, 10)).toMatchObject({ ok: true });
    expect((await rounds('slow'))[0]!.measured.federated).toMatchObject({ evaluators: 3, examples: 60 });
  });

  it('holds the end of the run for what is outstanding', async () => {
    let answer: () => Promise<Ack> = () => Promise.reject(new Error('not asked yet'));
    workers[2]!.measure = (request, worker) => {
      answer = () => worker.light.evaluate(request, 30);
      return { ok: true };
    };
    await scene.createRun('held', { rounds: 1, evaluation: FEDERATED });
    for (const name of ['alpha', 'beta']) await scene.event('round.evaluated.v1', (data) => data.run === 'held' && data.name === name);
    expect(await view('held')).toMatchObject({ status: 'running', phase: 'finishing' });
    expect(await answer()).toMatchObject({ ok: true });
    expect(await scene.ended('held')).toMatchObject({ status: 'completed' });
    expect((await rounds('held'))[0]!.measured.federated).toMatchObject({ evaluators: 3 });
  });

  it('takes none from a contributor that has no part in the model, of another model, or twice', async () => {
    workers[2]!.behave = silent;
    await scene.createRun('partial', { rounds: 1, evaluation: FEDERATED, policy: { deadlineSeconds: 2 } });
    await scene.ended('partial');
    const [round] = await rounds('partial');
    expect(round!.evaluations.map(({ name }) => name).sort()).toEqual(['alpha', 'beta']);
    const request = { run: 'partial', round: 1, model: round!.model! };
    expect(await workers[2]!.light.evaluate(request)).toMatchObject({ ok: false, code: 'evaluation.not-asked' });
    expect(await workers[0]!.light.evaluate({ ...request, model: round!.base })).toMatchObject({ ok: false, code: 'evaluation.other-model' });
    const [mine] = round!.evaluations.filter(({ name }) => name === 'alpha');
    expect(await workers[0]!.light.evaluate(request, 999)).toEqual({ ok: true, leafHash: mine!.leaf.hash });
    expect((await rounds('partial'))[0]!.measured.federated).toMatchObject({ examples: 30 });
  });

  it('asks again after a restart', async () => {
    for (const worker of workers) worker.measure = forgets;
    await scene.createRun('restarted', { rounds: 1, evaluation: FEDERATED });
    await scene.event('round.closed.v1', ({ run }) => run === 'restarted');
    await scene.restart();
    for (const worker of workers) {
      worker.measure = measures;
      await worker.connect();
    }
    expect(await scene.ended('restarted')).toMatchObject({ status: 'completed' });
    expect((await rounds('restarted'))[0]!.measured.federated).toMatchObject({ evaluators: 3, examples: 60 });
  });
});

describe('all of this', () => {
  it('passes an audit, and is a complaint only where a contributor declined', async () => {
    expect(scene.complaints()).toEqual(['beta refused evaluate.request.v1: evaluation.no-hold-out']);
    const storage = await openStorage({ home: scene.home, databaseUrl: scene.databaseUrl });
    try {
      expect(await audit(storage)).toMatchObject({ verified: true });
    } finally {
      await storage.close();
    }
  });
});
