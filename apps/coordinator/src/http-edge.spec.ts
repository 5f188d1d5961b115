import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { io } from 'socket.io-client';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { Queue } from './queue/queue.js';
import { call, operatorToken } from './contributors/test-worker.testing.js';
import { startTestCoordinator, type TestCoordinator } from './coordinator.testing.js';
import { FederationEvents } from './observability/federation-events.js';

let coordinator: TestCoordinator;
beforeAll(async () => {
  coordinator = await startTestCoordinator();
});
afterAll(() => coordinator.close());

describe('errors', () => {
  it('are problem+json with a code, a sentence and the request id', async () => {
    const answer = await call(`${coordinator.url}/nowhere`, { headers: { 'x-request-id': 'my-request-1' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.headers.get('x-request-id')).toBe('my-request-1');
    expect(answer.problem).toEqual({
      type: 'urn:fedseal:problem:route.not-found', title: 'Route not found', status: 404, code: 'route.not-found',
      detail: expect.stringContaining('/docs') as string, requestId: 'my-request-1',
    });
  });

  it('never carry a stack, a path of this machine or what was sent', async () => {
    const requests: [string, RequestInit][] = [
      ['/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"hunter2' }],
      ['/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"keyId": "hunter2"}' }],
      ['/v1/session', { method: 'POST', headers: { 'content-type': 'application/json; charset=utf-99' }, body: '{}' }],
      ['/v1/runs', { method: 'POST', headers: { 'content-type': 'application/yaml', authorization: `Bearer ${operatorToken(coordinator)}` }, body: 'a: [hunter2' }],
      ['/v1/blobs/%E0%A4%A', {}],
      ['/v1/blobs/hunter2', {}],
      ['/v1/session', { method: 'DELETE' }],
    ];
    for (const [path, init] of requests) {
      const answer = await call(coordinator.url + path, init);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.problem.code).toMatch(/^[a-z][a-z0-9.-]+$/);
      expect(answer.text).not.toMatch(/hunter2|\bat [A-Z]|node_modules|\.ts:|\.js:/);
    }
  });

  it('tell of a body that is too large', async () => {
    const answer = await call(`${coordinator.url}/v1/session`, { json: { keyId: 'x'.repeat(2 * 1024 * 1024) } });
    expect(answer.problem).toMatchObject({ status: 413, code: 'request.too-large' });
  });

  it('replace a request id that could forge a log line', async () => {
    const answer = await call(`${coordinator.url}/health/live`, { headers: { 'x-request-id': 'a"b' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('plans', () => {
  it('may be sent as YAML: the body is the same object', async () => {
    const post = (body: string, type: string) =>
      call(`${coordinator.url}/v1/runs`, { method: 'POST', body, headers: { 'content-type': type }, token: operatorToken(coordinator) });
    const yaml = await post('version: 1\nname: a-run\nmodel: nothing\n', 'application/yaml');
    const json = await post('{"version": 1, "name": "a-run", "model": "nothing"}', 'application/json');
    expect(yaml.problem.code).toBe('request.invalid');
    expect(yaml.problem.errors).toEqual(json.problem.errors);
  });
});

describe('headers', () => {
  it('protect pages and do not name the software', async () => {
    const { headers } = await call(`${coordinator.url}/health/live`);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('let the page at /docs work: it needs nothing that the policy forbids', async () => {
    const page = await call(`${coordinator.url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'(;|$)/);
    const scripts = [...page.text.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect(inline.trim()).toBe('');
      const source = /src="([^"]+)"/.exec(attributes)?.[1] ?? '';
      const script = await call(new URL(source, `${coordinator.url}/docs`).href);
      expect([script.status, script.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')]);
    }
  });
});

describe('/openapi.json', () => {
  it('describes every address of this room with its refusals', async () => {
    const document = (await call(`${coordinator.url}/openapi.json`)).json as {
      openapi: string; paths: Record<string, Record<string, { responses: Record<string, unknown>; security?: unknown[]; requestBody?: unknown }>>;
    };
    expect(document.openapi).toMatch(/^3\./);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/v1/invitations', '/v1/contributors', '/v1/contributors/{id}', '/v1/contributors/{id}/contributions', '/v1/session/challenge',
        '/v1/session', '/v1/updates/{sha256}', '/v1/blobs/{sha256}', '/health/live', '/health/ready', '/metrics', '/v1/federation', '/v1/runs',
      ]),
    );
    const invitations = document.paths['/v1/invitations']?.['post'];
    expect(Object.keys(invitations?.responses ?? {}).sort()).toEqual(['201', '400', '401']);
    expect(invitations?.security).toEqual([{ operator: [] }]);
    expect(JSON.stringify(invitations?.requestBody)).toContain('expiresInSeconds');
    expect(document.paths['/v1/updates/{sha256}']?.['put']?.security).toEqual([{ session: [] }]);
  });
});

describe('health', () => {
  it('is live, and ready when every part answers', async () => {
    expect((await call(`${coordinator.url}/health/live`)).json).toEqual({ status: 'live' });
    const ready = await call(`${coordinator.url}/health/ready`);
    expect([ready.status, ready.json]).toEqual([200, { status: 'ready', database: 'up', queue: 'up', ledger: 'up' }]);
  });

  it('is not ready once a part is down, and names it', async () => {
    const lost = await startTestCoordinator();
    await lost.app.get(Queue).stop();
    const answer = await call(`${lost.url}/health/ready`);
    expect([answer.status, answer.json]).toEqual([503, { status: 'not-ready', database: 'up', queue: 'down', ledger: 'up' }]);
    expect((await call(`${lost.url}/health/live`)).status).toBe(200);
    await lost.close();
  });
});

describe('/metrics', () => {
  it('counts what the federation announced, and open sockets', async () => {
    const events = coordinator.app.get(FederationEvents);
    const artifact = { sha256: 'aa'.repeat(32), tensorRoot: 'bb'.repeat(32), bytes: 1 };
    const at = { run: 'a-run', round: 1, attempt: 1, contributor: 'cc'.repeat(32), name: 'w' };
    events.publish({ name: 'update.accepted.v1', data: { ...at, examples: 5, commit: 'dd'.repeat(32) } });
    events.publish({ name: 'update.refused.v1', data: { ...at, reason: 'late' } });
    events.publish({ name: 'round.closed.v1', data: { run: 'a-run', round: 1, attempt: 1, model: artifact, contributors: 1, refused: 1, silent: 0 } });
    const block = { height: 7, hash: 'ee'.repeat(32), leaves: 3, treeSize: 9, k: 0, m: 2 ** 31, tries: '5', seconds: 0.3, rounds: [] };
    events.publish({ name: 'block.sealed.v1', data: block });
    const page = io(`${coordinator.url}/dashboard`, { auth: { protocol: PROTOCOL_VERSION }, forceNew: true });
    await new Promise((resolve) => page.once('snapshot.v1', resolve));
    const { text, headers } = await call(`${coordinator.url}/metrics`);
    page.close();
    expect(headers.get('content-type')).toContain('text/plain');
    for (const line of [
      'fedseal_updates_total{outcome="accepted"} 1', 'fedseal_updates_total{outcome="refused"} 1', 'fedseal_rounds_total{outcome="closed"} 1',
      'fedseal_blocks_total 1', 'fedseal_block_height 7', 'fedseal_seal_seconds_sum 0.3', 'fedseal_sockets{namespace="dashboard"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('process_cpu_seconds_total');
  });
});
