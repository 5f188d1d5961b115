import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64url, toHex } from '@fedseal/chain/bytes';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { startTestCoordinator, type TestCoordinator } from '../../coordinator.testing.js';
import { TestWorker, call, connected, enrolledWorker, next, operatorToken } from '../test-worker.testing.js';

let coordinator: TestCoordinator;
let chain: string;
beforeAll(async () => {
  coordinator = await startTestCoordinator();
  chain = ((await call(`${coordinator.url}/v1/federation`)).json as { chain: string }).chain;
});
afterAll(() => coordinator.close());

const asOperator = (path: string, json: unknown = {}) => call(`${coordinator.url}/v1/${path}`, { json, token: operatorToken(coordinator) });
const send = (leaf: Uint8Array) => call(`${coordinator.url}/v1/leaves`, { json: { leaf: toBase64url(leaf) } });
const view = async (keyId: string) => (await call(`${coordinator.url}/v1/contributors/${keyId}`)).json as Record<string, unknown>;
const newKey = () => toHex(createSigner(randomBytes(32)).publicKey);

describe('a key that the operator revokes', () => {
  it('loses its connection and its session, and cannot be revoked twice', async () => {
    const { worker, token } = await enrolledWorker(coordinator);
    const socket = await connected(worker.socket(token));
    const ended = next(socket, 'disconnect');
    const answer = await asOperator(`contributors/${worker.keyId}/revoke`, { reason: 'key-lost' });
    expect([answer.status, answer.json]).toEqual([201, { leafHash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    await ended;
    expect((await view(worker.keyId)).revokedAtMs).toEqual(expect.any(Number));
    const update = await call(`${coordinator.url}/v1/updates/${'0'.repeat(64)}`, { method: 'PUT', body: 'x', token });
    expect(update.problem).toMatchObject({ status: 403, code: 'contributor.revoked' });
    expect((await asOperator(`contributors/${worker.keyId}/revoke`, { reason: 'key-lost' })).problem.code).toBe('contributor.revoked');
  });

  it('must exist, the reason be a code, and the asker the operator', async () => {
    const { worker, token } = await enrolledWorker(coordinator);
    expect((await asOperator(`contributors/${'0'.repeat(64)}/revoke`, { reason: 'x' })).problem).toMatchObject({ status: 404, code: 'contributor.not-found' });
    expect((await asOperator(`contributors/${worker.keyId}/revoke`, { reason: 'Not a code' })).problem.code).toBe('request.invalid');
    const stranger = await call(`${coordinator.url}/v1/contributors/${worker.keyId}/revoke`, { json: { reason: 'x' }, token });
    expect(stranger.problem).toMatchObject({ status: 401, code: 'auth.invalid' });
    expect((await view(worker.keyId)).revokedAtMs).toBeNull();
  });
});

describe('leaves that a contributor signs alone', () => {
  it('give it a next key, which opens sessions where the old one no longer does', async () => {
    const { worker, token } = await enrolledWorker(coordinator);
    const successor = new TestWorker(coordinator.url);
    const leaf = signLeaf('contributor.rotate', { chain, contributor: worker.keyId, key: toHex(successor.signer.publicKey) }, [worker.signer, successor.signer]);
    const answer = await send(leaf);
    expect(answer.status).toBe(201);
    const { leafHash } = answer.json as { leafHash: string };
    expect(await view(successor.keyId)).toMatchObject({ name: 'test worker', role: 'contributor', revokedAtMs: null, enrolLeaf: leafHash, resource: null });
    expect((await view(worker.keyId)).revokedAtMs).toEqual(expect.any(Number));
    expect((await call(`${coordinator.url}/v1/updates/${'0'.repeat(64)}`, { method: 'PUT', body: 'x', token })).problem.code).toBe('contributor.revoked');
    const socket = await connected(successor.socket(await successor.session()));
    socket.close();
    expect((await send(leaf)).problem).toMatchObject({ status: 409, code: 'leaf.duplicate' });
  });

  it('need both keys to rotate', async () => {
    const { worker } = await enrolledWorker(coordinator);
    const successor = createSigner(randomBytes(32));
    const payload = { chain, contributor: worker.keyId, key: toHex(successor.publicKey) };
    for (const signers of [[worker.signer], [successor]]) {
      expect((await send(signLeaf('contributor.rotate', payload, signers))).problem).toMatchObject({ status: 422, code: 'contributor.rotate.signers' });
    }
    expect((await view(worker.keyId)).revokedAtMs).toBeNull();
  });

  it('end its own key and nobody else’s', async () => {
    const [{ worker }, { worker: other }] = [await enrolledWorker(coordinator), await enrolledWorker(coordinator)];
    const payload = { chain, contributor: worker.keyId, reason: 'left' };
    expect((await send(signLeaf('contributor.revoke', payload, [other.signer]))).problem.code).toBe('contributor.revoke.signers');
    expect((await send(signLeaf('contributor.revoke', payload, [worker.signer]))).status).toBe(201);
    expect((await view(worker.keyId)).revokedAtMs).toEqual(expect.any(Number));
  });

  it('may be remarks, of enrolled keys', async () => {
    const { worker } = await enrolledWorker(coordinator);
    const remark = (author: TestWorker) => signLeaf('annotate', { chain, author: author.keyId, subject: chain, text: 'The second hospital’s data had a defect.' }, [author.signer]);
    expect((await send(remark(worker))).status).toBe(201);
    expect((await send(remark(new TestWorker(coordinator.url)))).problem).toMatchObject({ status: 404, code: 'contributor.not-found' });
  });

  it('are of these kinds only', async () => {
    const stranger = createSigner(randomBytes(32));
    expect((await send(signLeaf('node.remove', { chain, key: newKey() }, [stranger]))).problem).toMatchObject({ status: 422, code: 'leaf.kind' });
    expect((await send(randomBytes(40))).status).toBe(422);
  });
});

describe('nodes and remarks of the operator', () => {
  it('are added, removed and added again', async () => {
    const key = newKey();
    const node = { key, role: 'mirror', address: 'https://mirror.example.org' };
    expect((await asOperator('nodes', node)).status).toBe(201);
    expect((await asOperator('nodes', node)).problem.code).toMatch(/^(leaf\.duplicate|node\.add\.present)$/);
    expect((await asOperator(`nodes/${key}/remove`)).status).toBe(201);
    expect((await asOperator(`nodes/${newKey()}/remove`)).problem).toMatchObject({ status: 422, code: 'node.remove.absent' });
    expect((await asOperator('annotations', { subject: chain, text: 'Founded for the trial.' })).status).toBe(201);
  });

  it('come from the operator alone', async () => {
    for (const path of ['nodes', `nodes/${newKey()}/remove`, 'annotations']) {
      expect((await call(`${coordinator.url}/v1/${path}`, { json: {} })).problem).toMatchObject({ status: 401, code: 'auth.required' });
    }
  });
});
