import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { io, type Socket } from 'socket.io-client';
import { toBase64url } from '@fedseal/chain/bytes';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { dashboardEvents, type DashboardEvent } from '@fedseal/protocol/dashboard-events';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { WORKER_EVENTS, type Ack, type RoundInvite } from '@fedseal/protocol/worker-messages';
import { startTestCoordinator, type TestCoordinator } from '../../coordinator.testing.js';
import { FederationEvents } from '../../observability/federation-events.js';
import { RunStore } from '../../storage/ports/run.store.js';
import { Database } from '../../storage/ports/transaction.js';
import { TestWorker, call, connected, enrolledWorker, invite, next, refusal } from '../test-worker.testing.js';
import { WorkerChannel, type OnlineWorker } from '../worker-channel.js';
import { MAX_MESSAGE_BYTES } from './socket.adapter.js';

let coordinator: TestCoordinator;
let channel: WorkerChannel;
const open: Socket[] = [];
beforeAll(async () => {
  coordinator = await startTestCoordinator();
  channel = coordinator.app.get(WorkerChannel);
});
afterEach(async () => {
  const still = open.splice(0);
  for (const socket of still) socket.close();
  await expect.poll(() => [...channel.online('contributor'), ...channel.online('evaluator')]).toEqual([]);
});
afterAll(() => coordinator.close());

async function online(wish: Record<string, unknown> = {}): Promise<{ worker: TestWorker; token: string; socket: Socket }> {
  const { worker, token } = await enrolledWorker(coordinator, wish);
  const socket = worker.socket(token);
  open.push(socket);
  await connected(socket);
  return { worker, token, socket };
}

async function dashboard(): Promise<{ socket: Socket; snapshot: DashboardEvent<'snapshot.v1'> }> {
  const socket = io(`${coordinator.url}/dashboard`, { auth: { protocol: PROTOCOL_VERSION }, forceNew: true, reconnection: false });
  open.push(socket);
  return { socket, snapshot: dashboardEvents['snapshot.v1'].parse(await next(socket, 'snapshot.v1')) };
}

function resourceLeaf(worker: TestWorker, chain: string, change: Record<string, unknown> = {}, signer = worker.signer): string {
  return toBase64url(
    signLeaf('resource.register', {
      chain, contributor: worker.keyId, device: 'test', backend: 'wasm', memoryBytes: 1, imagesPerSecond: '12.5', software: 'ab'.repeat(32), ...change,
    } as never, [signer]),
  );
}

const chainId = async () => ((await call(`${coordinator.url}/v1/federation`)).json as { chain: string }).chain;
const send = (socket: Socket, event: string, message: unknown): Promise<Ack> => socket.timeout(5000).emitWithAck(event, message);

describe('the handshake of /workers', () => {
  it('lets in an enrolled key with a session', async () => {
    const began: OnlineWorker[] = [];
    channel.onOnline((worker) => began.push(worker));
    const { worker } = await online({ role: 'evaluator' });
    expect(began).toEqual([{ keyId: worker.keyId, name: worker.name, role: 'evaluator' }]);
    expect(channel.online('evaluator')).toEqual(began);
    expect(channel.online('contributor')).toEqual([]);
    expect((await call(`${coordinator.url}/v1/contributors/${worker.keyId}`)).json).toMatchObject({ online: true });
  });

  it('refuses no token, a bad one, an expired one and another version, each by its code', async () => {
    const { worker, token } = await enrolledWorker(coordinator);
    expect((await refusal(worker.socket(undefined))).code).toBe('auth.required');
    expect((await refusal(worker.socket(`${token.slice(0, -4)}AAAA`))).code).toBe('auth.invalid');
    expect((await refusal(worker.socket(token, '9.0'))).code).toBe('protocol.incompatible');
    expect((await refusal(io(`${coordinator.url}/workers`, { auth: { token }, forceNew: true, reconnection: false }))).code).toBe('request.invalid');
    coordinator.clock.forward(15 * 60_000);
    expect((await refusal(worker.socket(token))).code).toBe('auth.expired');
    expect((await refusal(worker.socket('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'))).code).toBe('auth.invalid');
  });

  it('does not take a session of another federation', async () => {
    const other = await startTestCoordinator();
    const stranger = new TestWorker(other.url);
    await stranger.enrol(await invite(other));
    const token = await stranger.session();
    await other.close();
    expect((await refusal(new TestWorker(coordinator.url).socket(token))).code).toBe('auth.invalid');
  });
});

describe('one socket for each key', () => {
  it('keeps the newer and tells the older', async () => {
    const first = await online();
    const told = next(first.socket, 'session.replaced.v1');
    const ended = next<string>(first.socket, 'disconnect');
    const second = first.worker.socket(first.token);
    open.push(second);
    await connected(second);
    await told;
    expect(await ended).toBe('io server disconnect');
    expect(channel.isOnline(first.worker.keyId)).toBe(true);
    const asked = next(second, WORKER_EVENTS.cancel);
    channel.cancel(first.worker.keyId, { run: 'a-run', round: 1, attempt: 1, reason: 'deadline' });
    expect(await asked).toEqual({ run: 'a-run', round: 1, attempt: 1, reason: 'deadline' });
  });
});

describe('messages from a worker', () => {
  it('register its resources on the chain and beside the contributor', async () => {
    const { worker, socket } = await online();
    const leaf = resourceLeaf(worker, await chainId());
    const first = await send(socket, WORKER_EVENTS.submit, { leaf });
    expect(first).toMatchObject({ ok: true, leafHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(await send(socket, WORKER_EVENTS.submit, { leaf })).toEqual(first);
    const view = (await call(`${coordinator.url}/v1/contributors/${worker.keyId}`)).json;
    expect(view).toMatchObject({ resource: { backend: 'wasm', imagesPerSecond: '12.5' } });
  });

  it('are refused when they speak for another key, are signed by another, or are no leaf', async () => {
    const { worker, socket } = await online();
    const { worker: other } = await enrolledWorker(coordinator);
    const chain = await chainId();
    const submit = (leaf: string) => send(socket, WORKER_EVENTS.submit, { leaf });
    expect(await submit(resourceLeaf(other, chain))).toMatchObject({ ok: false, code: 'leaf.contributor' });
    const forged = resourceLeaf(worker, chain, {}, createSigner(new Uint8Array(32).fill(3)));
    expect(await submit(forged)).toMatchObject({ ok: false });
    expect(await submit('AAAA')).toMatchObject({ ok: false, code: expect.stringMatching(/^leaf\./) as string });
    expect(await submit('not base64!')).toMatchObject({ ok: false, code: 'request.invalid' });
    expect(await send(socket, WORKER_EVENTS.submit, {})).toMatchObject({ ok: false, code: 'request.invalid' });
    expect(await send(socket, WORKER_EVENTS.submit, undefined)).toMatchObject({ ok: false, code: 'request.invalid' });
    const view = (await call(`${coordinator.url}/v1/contributors/${worker.keyId}`)).json;
    expect(view).toMatchObject({ resource: null });
  });

  it('of a kind that workers cannot submit are refused', async () => {
    const { worker, socket } = await online();
    const leaf = toBase64url(signLeaf('annotate', { chain: await chainId(), author: worker.keyId, subject: 'ab'.repeat(32), text: 'x' }, [worker.signer]));
    expect(await send(socket, WORKER_EVENTS.submit, { leaf })).toMatchObject({ ok: false, code: 'leaf.kind' });
  });

  it('of an unknown name are answered', async () => {
    const { socket } = await online();
    expect(await send(socket, 'leaf.submit.v2', { leaf: 'AAAA' })).toMatchObject({ ok: false, code: 'event.unknown' });
    expect(await send(socket, '__proto__', {})).toMatchObject({ ok: false, code: 'event.unknown' });
  });

  it('of more than the limit end the connection, and nothing else', async () => {
    const { socket } = await online();
    const { worker } = await online();
    const ended = next<string>(socket, 'disconnect');
    socket.emit(WORKER_EVENTS.submit, { leaf: 'A'.repeat(MAX_MESSAGE_BYTES) });
    expect(await ended).toBe('transport close');
    expect(channel.isOnline(worker.keyId)).toBe(true);
  });

  it('about progress reach listeners and dashboards, or are refused', async () => {
    const { worker, socket } = await online();
    const { socket: page } = await dashboard();
    const heard = new Promise<unknown>((resolve) => channel.onProgress((from, progress) => resolve([from.keyId, progress.done])));
    const shown: unknown[] = [];
    page.on('worker.progress.v1', (event) => shown.push(event));
    const progress = { run: 'a-run', round: 1, phase: 'training', done: 0.25, loss: 0.5 };
    // Progress may be dropped while a reader's transport is busy, as during its upgrade to a websocket.
    await expect.poll(async () => [await send(socket, WORKER_EVENTS.progress, progress), shown[0]]).toEqual([
      { ok: true }, { ...progress, contributor: worker.keyId, name: worker.name },
    ]);
    expect(await heard).toEqual([worker.keyId, 0.25]);
    expect(await send(socket, WORKER_EVENTS.progress, { ...progress, done: 2 })).toMatchObject({ ok: false, code: 'request.invalid' });
  });
});

describe('messages to a worker', () => {
  const artifact = { sha256: 'aa'.repeat(32), tensorRoot: 'bb'.repeat(32), bytes: 10 };
  const invitation: RoundInvite = {
    run: 'a-run', round: 1, attempt: 1, base: artifact, seed: 1, bound: 8, examplesCap: 100, deadlineAtMs: 1,
    model: { name: 'm', inputShape: [4], layers: [{ type: 'dense', units: 2, activation: 'softmax' }] },
    training: { epochs: 1, batchSize: 8, optimizer: { type: 'sgd', learningRate: 0.1 }, loss: 'sparseCategoricalCrossentropy', inputScale: 1 },
    head: { height: 0, blockHash: 'cc'.repeat(32), treeSize: 1, treeRoot: 'dd'.repeat(32) },
  };

  it('are acknowledged', async () => {
    const { worker, socket } = await online();
    const received = new Promise<unknown>((resolve) => {
      socket.once(WORKER_EVENTS.invite, (message: unknown, acknowledge: (ack: Ack) => void) => {
        acknowledge({ ok: true });
        resolve(message);
      });
    });
    expect(await channel.invite(worker.keyId, invitation)).toBe(true);
    expect(await received).toEqual(invitation);
  });

  it('count as not delivered when refused, when the connection ends first, and when nobody is there', async () => {
    const { worker, socket } = await online();
    socket.once(WORKER_EVENTS.invite, (_: unknown, acknowledge: (ack: Ack) => void) => acknowledge({ ok: false, code: 'busy', message: 'Later.' }));
    expect(await channel.invite(worker.keyId, invitation)).toBe(false);
    socket.once(WORKER_EVENTS.evaluate, () => socket.close());
    const request = { run: 'a-run', round: 1, model: artifact, spec: invitation.model, training: invitation.training };
    expect(await channel.requestEvaluation(worker.keyId, request)).toBe(false);
    expect(await channel.invite(worker.keyId, invitation)).toBe(false);
  });
});

describe('/dashboard', () => {
  it('begins with what is going on', async () => {
    const { worker } = await online();
    const { snapshot } = await dashboard();
    expect(snapshot.chain).toBe(await chainId());
    expect(snapshot.workers).toContainEqual({ contributor: worker.keyId, name: worker.name, role: 'contributor', online: true });
    expect(snapshot.workers.filter(({ online: isOnline }) => isOnline)).toHaveLength(1);
    expect(snapshot.run).toBeNull();
    expect(snapshot.head.treeSize).toBeGreaterThanOrEqual(1);
  });

  it('tells which run goes on, and its round', async () => {
    const run = {
      run: 'a-run', status: 'running' as const, planSha256: 'ab'.repeat(32), createLeaf: 'cd'.repeat(32), rounds: 9, createdAtMs: 1,
      endedAtMs: null, reason: null, state: { phase: 'paused', round: 3 },
    };
    await coordinator.app.get(Database).transaction(async (tx) => {
      await coordinator.app.get(RunStore).create(tx, { ...run, run: 'older-run', status: 'completed' });
      await coordinator.app.get(RunStore).create(tx, run);
      await coordinator.app.get(RunStore).create(tx, { ...run, run: 'newer-run', status: 'failed' });
    });
    expect((await dashboard()).snapshot.run).toEqual({ run: 'a-run', status: 'running', round: 3, rounds: 9 });
  });

  it('tells of workers that come, say what they train with, and go', async () => {
    const { socket: page } = await dashboard();
    const came = next(page, 'worker.online.v1');
    const { worker, socket } = await online();
    const who = { contributor: worker.keyId, name: worker.name, role: 'contributor' };
    expect(await came).toEqual(who);
    const described = next(page, 'worker.online.v1');
    await send(socket, WORKER_EVENTS.submit, { leaf: resourceLeaf(worker, await chainId()) });
    expect(await described).toEqual({ ...who, backend: 'wasm' });
    const went = next(page, 'worker.offline.v1');
    socket.close();
    expect(await went).toEqual({ contributor: worker.keyId, name: worker.name });
  });

  it('misses nothing that happens while the snapshot is read, and keeps the order', async () => {
    const events = coordinator.app.get(FederationEvents);
    const page = io(`${coordinator.url}/dashboard`, { auth: { protocol: PROTOCOL_VERSION }, forceNew: true, reconnection: false });
    open.push(page);
    const seen: unknown[] = [];
    page.onAny((name: string, data: { rounds?: number }) => seen.push(name === 'snapshot.v1' ? 'snapshot' : data.rounds));
    await connected(page);
    const sent = Array.from({ length: 50 }, (_, rounds) => rounds);
    for (const rounds of sent) events.publish({ name: 'run.created.v1', data: { run: 'a-run', rounds } });
    await expect.poll(() => seen.length).toBe(51);
    expect(seen).toEqual(['snapshot', ...sent]);
  });

  it('takes no messages', async () => {
    const { socket } = await dashboard();
    expect(await send(socket, 'run.stop.v1', {})).toMatchObject({ ok: false, code: 'event.unknown' });
  });

  it('refuses another version', async () => {
    const page = io(`${coordinator.url}/dashboard`, { auth: { protocol: '0.1' }, forceNew: true, reconnection: false });
    expect((await refusal(page)).code).toBe('protocol.incompatible');
  });
});
