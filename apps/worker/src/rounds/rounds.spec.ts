import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorRoot } from '@fedseal/chain/tensor-root/tensor-root';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { WORKER_EVENTS } from '@fedseal/protocol/worker-messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniCoordinator } from '../testing/mini-coordinator.testing.js';
import { temporaryHome, WorkerHarness } from '../testing/worker-harness.testing.js';
import { tinyDataset } from '../testing/stub-trainer.testing.js';

let coordinator: MiniCoordinator;
let home: string;
let removeHome: () => Promise<void>;
const workers: WorkerHarness[] = [];

function start(options: ConstructorParameters<typeof WorkerHarness>[1] = {}): WorkerHarness {
  const worker = new WorkerHarness(home, options);
  workers.push(worker);
  return worker;
}

async function startOnline(options: ConstructorParameters<typeof WorkerHarness>[1] = {}): Promise<WorkerHarness> {
  const worker = start({ invite: coordinator.invitation(), ...options });
  await worker.event('online');
  return worker;
}

const commits = () => coordinator.leavesOf('update.commit');
const submittedCommits = () => coordinator.submissions.filter(({ kind }) => kind === 'update.commit').length;
const outbox = () => readdir(join(home, 'outbox'));
const verdict = (outcome: 'accepted' | 'refused', attempt = 1) => ({ run: 'demo', round: 1, attempt, outcome, reason: 'ok' });

beforeEach(async () => {
  ({ home, remove: removeHome } = await temporaryHome());
  coordinator = new MiniCoordinator();
  await coordinator.start();
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop().catch(() => undefined);
  await coordinator.stop();
  await removeHome();
});

describe('a round', () => {
  it('is acknowledged at once, trained from the checked base, uploaded, and committed under a leaf that passes every rule', async () => {
    const worker = await startOnline({ hold: true });
    const invite = coordinator.openRound();
    expect(await coordinator.push(WORKER_EVENTS.invite, invite)).toEqual([{ ok: true }]);
    await worker.trainer.begun(1);
    worker.release();
    const update = await worker.event('update');
    expect(update).toMatchObject({ outcome: 'delivered', code: 'ok', examples: tinyDataset.count });

    const [commit] = commits();
    const { head } = coordinator.chain;
    expect(commit?.payload).toMatchObject({
      run: 'demo', round: 1, attempt: 1, base: invite.base.sha256, examples: tinyDataset.count, seen: head,
      metrics: { loss: '0.5', accuracy: '0.75', imagesPerSecond: '1234' },
    });
    const file = coordinator.blobs.get(commit?.payload.update.sha256 ?? '');
    const tensors = decodeSafetensors(file ?? new Uint8Array());
    expect(tensors.map(({ name, shape, data }) => [name, [...shape], data[0]])).toEqual([['dense.bias', [3], 0.5], ['dense.kernel', [4, 3], 0.5]]);
    const root = tensorRoot(nodeCrypto, tensors.map(({ name, shape, data }) => ({
      name, dtype: 'F32', shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })));
    expect(toHex(root)).toBe(commit?.payload.update.tensorRoot);
  });

  it('tells the coordinator how it goes', async () => {
    const worker = await startOnline();
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    await worker.event('update');
    await coordinator.until(() => coordinator.progress.some(({ phase }) => phase === 'waiting'));
    expect(coordinator.progress[0]).toMatchObject({ run: 'demo', round: 1, phase: 'downloading', done: 0 });
  });

  it('is trained once however often the invitation comes', async () => {
    const worker = await startOnline({ hold: true });
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.trainer.begun(1);
    expect(await coordinator.push(WORKER_EVENTS.invite, invite)).toEqual([{ ok: true }]);
    await worker.event('notice', ({ code }) => code === 'invite.in-progress');
    worker.release();
    await worker.event('update');
    await coordinator.push(WORKER_EVENTS.invite, invite);
    // The finished update is committed again, byte for byte, and nothing is uploaded again.
    const again = await worker.event('update', () => true, 2);
    expect(again).toMatchObject({ outcome: 'delivered', code: 'leaf.duplicate', again: true });
    expect(worker.trainer.jobs).toHaveLength(1);
    expect(coordinator.uploads).toHaveLength(1);
  });

  it('keeps the update until the verdict, and never trains that round again', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    const { sha256 } = await worker.event('update');
    expect((await outbox()).sort()).toEqual([`${sha256}.safetensors`, 'demo.1.1.json'].sort());
    coordinator.tell(WORKER_EVENTS.verdict, verdict('accepted'));
    expect(await worker.event('verdict')).toMatchObject({ outcome: 'accepted', reason: 'ok' });
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.event('notice', ({ code }) => code === 'invite.settled');
    await worker.stop();
    expect(await outbox()).toEqual([]);

    const second = await startOnline();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await second.event('notice', ({ code }) => code === 'invite.settled');
    expect(second.trainer.jobs).toHaveLength(0);
    const log = (await readFile(join(home, 'updates.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as unknown);
    expect(log).toEqual([expect.objectContaining({ run: 'demo', round: 1, attempt: 1, base: invite.base.sha256, examples: 8 })]);
  });

  it('goes on over a lost connection: the upload and the commit follow when it is back', async () => {
    const worker = await startOnline({ hold: true });
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    await worker.trainer.begun(1);
    await coordinator.stop();
    await worker.event('offline');
    worker.release();
    await worker.event('notice', ({ code }) => code === 'coordinator.unreachable');
    await coordinator.start();
    expect(await worker.event('update')).toMatchObject({ outcome: 'delivered' });
    expect(commits()).toHaveLength(1);
    expect(worker.trainer.jobs).toHaveLength(1);
  });

  it('repeats an upload that the coordinator could not take', async () => {
    const worker = await startOnline();
    coordinator.failUploads = 3;
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    expect(await worker.event('update')).toMatchObject({ outcome: 'delivered' });
    expect(coordinator.uploads).toHaveLength(1);
  });

  it('commits again when the connection ends before the acknowledgement', async () => {
    const worker = await startOnline();
    let silent = 0;
    coordinator.answerLeaf = ({ kind }) => {
      if (kind !== 'update.commit' || silent > 0) return undefined;
      silent += 1;
      coordinator.dropConnections();
      return 'silence';
    };
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    expect(await worker.event('update')).toMatchObject({ outcome: 'delivered', code: 'ok' });
    expect(submittedCommits()).toBe(2);
    expect(commits()).toHaveLength(1);
  });

  it('uploads again what the coordinator says it does not hold', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    const { sha256 } = await worker.event('update');
    coordinator.blobs.delete(sha256 ?? '');
    let asked = 0;
    coordinator.answerLeaf = () => (asked++ === 0 ? { ok: false, code: 'update.not-uploaded', message: 'Upload it first.' } : undefined);
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.event('update', ({ code }) => code === 'leaf.duplicate');
    expect(coordinator.uploads).toEqual([sha256, sha256]);
  });

  it('takes a refusal by its code, and goes on to the next attempt', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    coordinator.answerLeaf = ({ kind }) => (kind === 'update.commit' ? { ok: false, code: 'round.late', message: 'The round is over.' } : undefined);
    await coordinator.push(WORKER_EVENTS.invite, invite);
    expect(await worker.event('update')).toMatchObject({ outcome: 'refused', code: 'round.late', message: 'The round is over.' });
    coordinator.answerLeaf = undefined;
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound(2));
    expect(await worker.event('update', ({ attempt }) => attempt === 2)).toMatchObject({ outcome: 'delivered' });
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.event('notice', ({ code }) => code === 'invite.settled');
    expect(worker.trainer.jobs).toHaveLength(2);
  });

  it('submits again after a refusal that passes', async () => {
    const worker = await startOnline();
    let refused = 0;
    coordinator.answerLeaf = ({ kind }) => (kind === 'update.commit' && refused++ < 2 ? { ok: false, code: 'internal', message: 'Try again.' } : undefined);
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    expect(await worker.event('update')).toMatchObject({ outcome: 'delivered' });
    expect(submittedCommits()).toBe(3);
  });

  it('ends when the coordinator cancels it', async () => {
    const worker = await startOnline({ hold: true });
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    await worker.trainer.begun(1);
    coordinator.tell(WORKER_EVENTS.cancel, { run: 'demo', round: 1, attempt: 1, reason: 'deadline' });
    expect(await worker.event('update')).toMatchObject({ outcome: 'abandoned', code: 'deadline' });
    expect(worker.trainer.aborted).toBe(1);
    expect(await outbox()).toEqual([]);
  });

  it('gives way to a newer attempt', async () => {
    const worker = await startOnline({ hold: true });
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    await worker.trainer.begun(1);
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound(2));
    await worker.event('update', ({ code }) => code === 'superseded');
    await worker.trainer.begun(2);
    worker.release();
    expect(await worker.event('update', ({ attempt }) => attempt === 2)).toMatchObject({ outcome: 'delivered' });
    expect(commits().map(({ payload }) => payload.attempt)).toEqual([2]);
  });

  it('shuffles every round with a seed of its own', async () => {
    const worker = await startOnline();
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    await worker.event('update');
    const [job] = worker.trainer.jobs;
    expect(job).toMatchObject({ bound: 8, training: { epochs: 1, batchSize: 4 } });
    expect(job?.seed).not.toBe(7);
  });
});

describe('a restart', () => {
  it('sends a finished update without training again', async () => {
    const worker = await startOnline();
    coordinator.failUploads = Infinity;
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.event('notice', ({ code }) => code === 'database.unavailable');
    await worker.stop();
    const kept = await outbox();
    expect(kept).toContain('demo.1.1.json');
    expect(commits()).toHaveLength(0);

    coordinator.failUploads = 0;
    const second = start();
    expect(await second.event('update')).toMatchObject({ outcome: 'delivered', code: 'ok' });
    expect(second.trainer.jobs).toHaveLength(0);
    expect(commits()).toHaveLength(1);
    expect(`${commits()[0]?.payload.update.sha256}.safetensors`).toBe(kept.find((name) => name.endsWith('.safetensors')));
  });

  it('asks no second time for a commit that was acknowledged', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.event('update');
    await worker.stop();
    const second = await startOnline();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    expect(await second.event('update')).toMatchObject({ code: 'leaf.duplicate', again: true });
    expect(second.trainer.jobs).toHaveLength(0);
    expect(coordinator.uploads).toHaveLength(1);
  });
});

describe('what cannot be trained', () => {
  it('is a base model with other bytes than its name says', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    const file = Uint8Array.from(coordinator.base.file);
    file[file.length - 1]! ^= 1;
    coordinator.blobs.set(invite.base.sha256, file);
    await coordinator.push(WORKER_EVENTS.invite, invite);
    expect(await worker.event('update')).toMatchObject({ outcome: 'abandoned', code: 'model.digest' });
    expect(worker.trainer.jobs).toHaveLength(0);
  });

  it('is a base model whose tensors are not those announced', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, { ...invite, base: { ...invite.base, tensorRoot: '0'.repeat(64) } });
    expect(await worker.event('update')).toMatchObject({ outcome: 'abandoned', code: 'model.tensor-root' });
  });

  it('is a base model of another shape than the plan', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    const model = { ...invite.model, layers: [{ type: 'dense', units: 5, activation: 'softmax' }] };
    await coordinator.push(WORKER_EVENTS.invite, { ...invite, model });
    expect(await worker.event('update')).toMatchObject({ outcome: 'abandoned', code: 'model.shape' });
  });

  it('is a plan that takes fewer examples than this worker has', async () => {
    const worker = await startOnline();
    await coordinator.push(WORKER_EVENTS.invite, { ...coordinator.openRound(), examplesCap: 7 });
    const refused = await worker.event('update');
    expect(refused).toMatchObject({ outcome: 'abandoned', code: 'examples.over-cap', message: expect.stringContaining('--examples 7') });
  });

  it('is a message that does not fit its schema, or of another version; the connection stays', async () => {
    const worker = await startOnline();
    const invite = coordinator.openRound();
    expect(await coordinator.push(WORKER_EVENTS.invite, { ...invite, round: 0 })).toEqual([
      { ok: false, code: 'message.invalid', message: expect.stringContaining('round') },
    ]);
    expect(await coordinator.push('round.invite.v2', invite)).toMatchObject([{ ok: false, code: 'message.version' }]);
    expect(await coordinator.push('weather.report.v1', {})).toMatchObject([{ ok: false, code: 'message.unknown' }]);
    expect(await coordinator.push(WORKER_EVENTS.evaluate, coordinator.evaluateRequest())).toMatchObject([{ ok: false, code: 'evaluation.no-hold-out' }]);
    expect(worker.events.filter(({ event }) => event === 'notice')).toHaveLength(4);
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.event('update', ({ outcome }) => outcome === 'delivered');
  });
});
