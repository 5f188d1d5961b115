import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { startTestCoordinator, type TestCoordinator } from '../coordinator.testing.js';
import { TestWorker, call, enrolledWorker, invite, operatorToken, readCode } from './test-worker.testing.js';

let coordinator: TestCoordinator;
beforeAll(async () => {
  coordinator = await startTestCoordinator();
});
afterAll(() => coordinator.close());

const newWorker = () => new TestWorker(coordinator.url);

describe('invitations', () => {
  it('come from the operator alone', async () => {
    const url = `${coordinator.url}/v1/invitations`;
    expect((await call(url, { json: {} })).problem).toMatchObject({ status: 401, code: 'auth.required' });
    expect((await call(url, { json: {}, token: 'fsop_wrong' })).problem).toMatchObject({ status: 401, code: 'auth.invalid' });
    const { token } = await enrolledWorker(coordinator);
    expect((await call(url, { json: {}, token })).problem.code).toBe('auth.invalid');
  });

  it('carry the address they were asked at, the chain, the operator and the role', async () => {
    const invited = await invite(coordinator, { role: 'evaluator' });
    const federation = (await call(`${coordinator.url}/v1/federation`)).json as { chain: string; operator: { keyId: string } };
    expect(invited).toMatchObject({ url: coordinator.url, chain: federation.chain, operator: federation.operator.keyId, role: 'evaluator' });
    const elsewhere = await invite(coordinator, { url: 'https://fedseal.example.org/lab' });
    expect(elsewhere.url).toBe('https://fedseal.example.org/lab');
  });

  it('are refused with the field that is wrong', async () => {
    const answer = await call(`${coordinator.url}/v1/invitations`, { json: { role: 'admin' }, token: operatorToken(coordinator) });
    expect(answer.problem).toMatchObject({ status: 400, code: 'request.invalid', errors: [{ path: 'role' }] });
  });

  it('keep only a digest of their secret', async () => {
    const answer = await call(`${coordinator.url}/v1/invitations`, { json: {}, token: operatorToken(coordinator) });
    const { code } = answer.json as { code: string };
    expect(coordinator.log.join('')).not.toContain(readCode(code).secret);
  });
});

describe('enrolment', () => {
  it('admits one key for one invitation and seals it', async () => {
    const worker = newWorker();
    const invited = await invite(coordinator);
    const answer = await worker.enrol(invited);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ keyId: worker.keyId });
    const view = await call(`${coordinator.url}/v1/contributors/${worker.keyId}`);
    expect(view.json).toMatchObject({ name: 'test worker', role: 'contributor', online: false, resource: null });
  });

  it('gives the same answer to the same key again, even after the invitation expired', async () => {
    const worker = newWorker();
    const invited = await invite(coordinator, { expiresInSeconds: 60 });
    const first = await worker.enrol(invited);
    coordinator.clock.forward(61_000);
    const again = await worker.enrol(invited);
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  it('refuses a second key', async () => {
    const invited = await invite(coordinator);
    await newWorker().enrol(invited);
    expect((await newWorker().enrol(invited)).problem).toMatchObject({ status: 409, code: 'invitation.used' });
  });

  it('admits one of two keys that come at the same moment', async () => {
    const invited = await invite(coordinator);
    const answers = await Promise.all([newWorker().enrol(invited), newWorker().enrol(invited)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('refuses an expired invitation and one that nobody made', async () => {
    const invited = await invite(coordinator, { expiresInSeconds: 5 });
    coordinator.clock.forward(5_000);
    expect((await newWorker().enrol(invited)).problem).toMatchObject({ status: 403, code: 'invitation.expired' });
    const forged = { ...invited, secret: 'A'.repeat(43) };
    expect((await newWorker().enrol(forged)).problem).toMatchObject({ status: 403, code: 'invitation.unknown' });
  });

  it('refuses a role that the invitation does not give', async () => {
    const worker = newWorker();
    const invited = await invite(coordinator);
    const body = worker.enrolBody(invited, { role: 'evaluator' });
    expect((await call(`${coordinator.url}/v1/contributors`, { json: body })).problem).toMatchObject({ status: 422, code: 'enrol.role' });
    expect((await worker.enrol(invited)).status).toBe(201);
  });

  it('refuses a signature by another key, another chain, another invitation and a bad key, and leaves the invitation unused', async () => {
    const worker = newWorker();
    const invited = await invite(coordinator);
    const post = (body: unknown) => call(`${coordinator.url}/v1/contributors`, { json: body });
    const stranger = createSigner(new Uint8Array(32).fill(7));
    expect((await post(worker.enrolBody(invited, {}, stranger))).status).toBe(422);
    expect((await post(worker.enrolBody(invited, { chain: 'ab'.repeat(32) }))).problem.code).toBe('enrol.chain');
    expect((await post(worker.enrolBody(invited, { invitation: 'ab'.repeat(32) }))).problem.code).toBe('enrol.invitation');
    // The identity: of small order, so that anybody could sign for it.
    expect((await post(worker.enrolBody(invited, { key: `01${'00'.repeat(31)}` }))).problem).toMatchObject({ status: 422, code: 'key.small-order' });
    expect((await worker.enrol(invited)).status).toBe(201);
  });

  it('refuses a payload that is not canonical JSON', async () => {
    const worker = newWorker();
    const invited = await invite(coordinator);
    const body = worker.enrolBody(invited);
    const loose = Buffer.from(` ${Buffer.from(body.payload, 'base64url').toString()}`).toString('base64url');
    const answer = await call(`${coordinator.url}/v1/contributors`, { json: { ...body, payload: loose } });
    expect(answer.problem.code).toMatch(/^json\./);
  });

  it('refuses a key that is enrolled already', async () => {
    const { worker } = await enrolledWorker(coordinator);
    expect((await worker.enrol(await invite(coordinator))).problem).toMatchObject({ status: 409, code: 'contributor.enrolled' });
  });
});

describe('the list of contributors', () => {
  it('pages in the order of enrolment', async () => {
    await enrolledWorker(coordinator);
    await enrolledWorker(coordinator);
    type Page = { contributors: { keyId: string }[]; next: string | null };
    const whole = (await call(`${coordinator.url}/v1/contributors`)).json as Page;
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page = (await call(`${coordinator.url}/v1/contributors?limit=2${after && `&after=${after}`}`)).json as Page;
      expect(page.contributors.length).toBeLessThanOrEqual(2);
      seen.push(...page.contributors.map(({ keyId }) => keyId));
      after = page.next;
    }
    expect(seen).toEqual(whole.contributors.map(({ keyId }) => keyId));
    expect(seen.length).toBeGreaterThan(4);
  });

  it('answers for unknown keys and bad queries with a problem', async () => {
    expect((await call(`${coordinator.url}/v1/contributors/${'0'.repeat(64)}`)).problem).toMatchObject({ status: 404, code: 'contributor.not-found' });
    expect((await call(`${coordinator.url}/v1/contributors/${'0'.repeat(64)}/contributions`)).problem.code).toBe('contributor.not-found');
    expect((await call(`${coordinator.url}/v1/contributors/nobody`)).problem.code).toBe('request.invalid');
    expect((await call(`${coordinator.url}/v1/contributors?limit=0`)).problem.code).toBe('request.invalid');
  });

  it('has no contributions of a key that never took part', async () => {
    const { worker } = await enrolledWorker(coordinator);
    expect((await call(`${coordinator.url}/v1/contributors/${worker.keyId}/contributions`)).json).toEqual({ contributions: [], next: null });
  });
});

describe('the handshake', () => {
  it('proves the operator to the worker', async () => {
    const worker = newWorker();
    const invited = await invite(coordinator);
    await worker.enrol(invited);
    const { challenge, transcript } = await worker.challenge();
    const { nodeCrypto } = await import('@fedseal/chain/native/node-crypto');
    const { handshakeMessage } = await import('./session/handshake.js');
    const key = Buffer.from(challenge.operatorKey, 'hex');
    expect(toHex(nodeCrypto.sha256(key))).toBe(invited.operator);
    expect(transcript.server).toBe(coordinator.url);
    const signature = Buffer.from(challenge.signature, 'base64url');
    expect(nodeCrypto.verify(signature, handshakeMessage('server', transcript), key)).toBe(true);
    expect(nodeCrypto.verify(signature, handshakeMessage('client', transcript), key)).toBe(false);
  });

  it('opens one session for one nonce', async () => {
    const { worker } = await enrolledWorker(coordinator);
    const body = await worker.sessionBody();
    const open = () => call(`${coordinator.url}/v1/session`, { json: body });
    expect((await open()).status).toBe(200);
    expect((await open()).problem).toMatchObject({ status: 401, code: 'handshake.nonce' });
  });

  it('spends the nonce on a wrong signature too', async () => {
    const { worker } = await enrolledWorker(coordinator);
    const wrong = await worker.sessionBody(createSigner(new Uint8Array(32).fill(9)));
    expect((await call(`${coordinator.url}/v1/session`, { json: wrong })).problem).toMatchObject({ status: 401, code: 'handshake.signature' });
    expect((await call(`${coordinator.url}/v1/session`, { json: wrong })).problem.code).toBe('handshake.nonce');
  });

  it('forgets a challenge after a minute', async () => {
    const { worker } = await enrolledWorker(coordinator);
    const body = await worker.sessionBody();
    coordinator.clock.forward(60_000);
    expect((await call(`${coordinator.url}/v1/session`, { json: body })).problem.code).toBe('handshake.nonce');
  });

  it('keeps a bounded number of challenges for a key, the newest', async () => {
    const { worker } = await enrolledWorker(coordinator);
    const bodies = [];
    for (let i = 0; i < 18; i++) bodies.push(await worker.sessionBody());
    const answers = [];
    for (const body of bodies) answers.push((await call(`${coordinator.url}/v1/session`, { json: body })).status);
    expect(answers).toEqual([401, 401, ...Array.from({ length: 16 }, () => 200)]);
  });

  it('refuses unknown keys and other versions by name', async () => {
    const clientNonce = 'cd'.repeat(32);
    const ask = (protocol: string, keyId: string) => call(`${coordinator.url}/v1/session/challenge`, { json: { protocol, keyId, clientNonce } });
    expect((await ask(PROTOCOL_VERSION, newWorker().keyId)).problem).toMatchObject({ status: 404, code: 'contributor.not-found' });
    const { worker } = await enrolledWorker(coordinator);
    const refused = (await ask('2.0', worker.keyId)).problem;
    expect(refused).toMatchObject({ status: 400, code: 'protocol.incompatible' });
    expect(refused.detail).toContain(PROTOCOL_VERSION);
    expect((await ask('1.1', worker.keyId)).status).toBe(200);
    expect((await ask('1.2', worker.keyId)).problem.code).toBe('protocol.incompatible');
    expect((await ask('one', worker.keyId)).problem.code).toBe('protocol.incompatible');
  });
});

describe('what is logged', () => {
  it('holds no secret, token or signature', async () => {
    const worker = newWorker();
    const invited = await invite(coordinator);
    const enrolment = worker.enrolBody(invited);
    await call(`${coordinator.url}/v1/contributors`, { json: enrolment });
    const token = await worker.session();
    await call(`${coordinator.url}/v1/updates/${'0'.repeat(64)}`, { method: 'PUT', body: 'x', token });
    await call(`${coordinator.url}/v1/runs`, { json: { secret: invited.secret }, token: operatorToken(coordinator) });
    const log = coordinator.log.join('');
    expect(log).toContain('/v1/contributors');
    for (const secret of [invited.secret, enrolment.signature, token, operatorToken(coordinator)]) expect(log).not.toContain(secret);
  });
});
