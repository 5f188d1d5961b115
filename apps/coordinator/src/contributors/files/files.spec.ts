import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { magnitudeBits } from '@fedseal/model/aggregate/grid';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCoordinator, type TestCoordinator } from '../../coordinator.testing.js';
import { BlobStore } from '../../storage/ports/blob.store.js';
import { RoundStore } from '../../storage/ports/round.store.js';
import { Database } from '../../storage/ports/transaction.js';
import { ReceivedUpdates } from '../../storage/received/received-updates.js';
import { call, enrolledWorker, operatorToken, sha256Hex } from '../test-worker.testing.js';
import { digestField } from './content-digest.js';

const MEBIBYTE = 1024 * 1024;
const MOST = 3 * MEBIBYTE;

let coordinator: TestCoordinator;
let token: string;
let keyId: string;
beforeAll(async () => {
  coordinator = await startTestCoordinator((config) => ({ ...config, limits: { ...config.limits, maxUpdateBytes: MOST } }));
  const { worker, token: mine } = await enrolledWorker(coordinator);
  [token, keyId] = [mine, worker.keyId];
});
afterAll(() => coordinator.close());

const put = (sha256: string, body: Uint8Array, headers: Record<string, string> = {}, as: string | undefined = token) =>
  call(`${coordinator.url}/v1/updates/${sha256}`, { method: 'PUT', body: new Uint8Array(body), headers, ...(as === undefined ? {} : { token: as }) });
const read = (sha256: string, init: Parameters<typeof call>[1] = {}) => call(`${coordinator.url}/v1/blobs/${sha256}`, init);

async function readBytes(sha256: string, headers: Record<string, string> = {}): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(`${coordinator.url}/v1/blobs/${sha256}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

describe('uploads', () => {
  it('are stored under their digest and read back the same', async () => {
    const update = randomBytes(2 * MEBIBYTE + 17);
    const sha256 = sha256Hex(update);
    const answer = await put(sha256, update, { 'content-digest': digestField(sha256) });
    expect([answer.status, answer.json]).toEqual([200, { sha256, bytes: update.length }]);
    const { response, bytes } = await readBytes(sha256);
    expect(response.status).toBe(200);
    expect(bytes.equals(update)).toBe(true);
  });

  it('wait in memory, hashed and scanned, for the check of their commit', async () => {
    const tensor = { name: 'w', shape: [300_000], data: Float32Array.from({ length: 300_000 }, (_, i) => (i === 299_999 ? -7 : i % 5)) };
    const update = encodeSafetensors([tensor]);
    expect((await put(sha256Hex(update), update)).status).toBe(200);
    const waiting = coordinator.app.get(ReceivedUpdates).take(sha256Hex(update))!;
    expect(Buffer.compare(waiting.file.bytes, update)).toBe(0);
    expect(waiting.file.scanned()!.map(({ name, largest }) => [name, largest])).toEqual([['w', magnitudeBits(7)]]);
    waiting.release();
  });

  it('may be repeated', async () => {
    const update = randomBytes(1000);
    const answers = await Promise.all([put(sha256Hex(update), update), put(sha256Hex(update), update)]);
    expect([...answers, await put(sha256Hex(update), update)].map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('take bytes whatever they are called', async () => {
    const update = Buffer.from('{"not": "parsed');
    expect((await put(sha256Hex(update), update, { 'content-type': 'application/json' })).status).toBe(200);
    const yaml = Buffer.from('a: [');
    expect((await put(sha256Hex(yaml), yaml, { 'content-type': 'application/yaml' })).status).toBe(200);
  });

  it('need a session', async () => {
    const update = randomBytes(10);
    expect((await call(`${coordinator.url}/v1/updates/${sha256Hex(update)}`, { method: 'PUT', body: update })).problem.code).toBe('auth.required');
    expect((await put(sha256Hex(update), update, {}, 'not.a.token')).problem).toMatchObject({ status: 401, code: 'auth.invalid' });
    expect((await put(sha256Hex(update), update, {}, operatorToken(coordinator))).problem.code).toBe('auth.invalid');
  });

  it('end with the session', async () => {
    const { token: short } = await enrolledWorker(coordinator);
    const update = randomBytes(10);
    expect((await put(sha256Hex(update), update, {}, short)).status).toBe(200);
    coordinator.clock.forward(15 * 60_000);
    expect((await put(sha256Hex(update), update, {}, short)).problem).toMatchObject({ status: 401, code: 'auth.expired' });
    coordinator.clock.forward(-15 * 60_000);
  });

  it('refuse a wrong digest and keep nothing', async () => {
    const update = randomBytes(100);
    const other = sha256Hex(randomBytes(8));
    expect((await put(other, update)).problem).toMatchObject({ status: 422, code: 'blob.digest-mismatch' });
    expect((await read(other, { token: operatorToken(coordinator) })).problem.code).toBe('blob.not-found');
    const field = digestField(other);
    expect((await put(sha256Hex(update), update, { 'content-digest': field })).problem.code).toBe('blob.digest-mismatch');
    expect((await put(sha256Hex(update), update, { 'content-digest': 'sha-256=abc' })).problem).toMatchObject({ status: 400, code: 'request.malformed' });
  });

  it('refuse more than the limit, announced or not', async () => {
    const update = randomBytes(MOST + 1);
    const announced = await put(sha256Hex(update), update);
    expect(announced.problem).toMatchObject({ status: 413, code: 'blob.too-large' });
    const streamed = await fetch(`${coordinator.url}/v1/updates/${sha256Hex(update)}`, {
      method: 'PUT', headers: { authorization: `Bearer ${token}` }, duplex: 'half',
      body: new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array(update)); controller.close(); } }),
    } as RequestInit);
    expect([streamed.status, await streamed.json()]).toMatchObject([413, { code: 'blob.too-large' }]);
    const most = randomBytes(MOST);
    expect((await put(sha256Hex(most), most)).status).toBe(200);
  });

  it('refuse an encoding and an address that is no digest', async () => {
    const update = randomBytes(10);
    expect((await put(sha256Hex(update), update, { 'content-encoding': 'gzip' })).problem).toMatchObject({ status: 415, code: 'request.unsupported-type' });
    expect((await put('abc', update)).problem.code).toBe('request.invalid');
  });

  it('leave nothing when the connection breaks', async () => {
    const update = randomBytes(100_000);
    const sha256 = sha256Hex(update);
    const { hostname, port } = new URL(coordinator.url);
    const socket = connect(Number(port), hostname);
    socket.write(`PUT /v1/updates/${sha256} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: ${update.length}\r\n\r\n`);
    socket.write(update.subarray(0, 50_000), () => socket.destroy());
    const isDone = () => coordinator.log.some((line) => line.includes(sha256) && line.includes('"complete":false'));
    await expect.poll(isDone).toBe(true);
    expect((await read(sha256, { token: operatorToken(coordinator) })).problem.code).toBe('blob.not-found');
  });
});

describe('who may read an update', () => {
  it('is its contributor and the operator', async () => {
    const update = randomBytes(64);
    const sha256 = sha256Hex(update);
    await put(sha256, update);
    const { token: stranger } = await enrolledWorker(coordinator);
    expect((await read(sha256)).problem).toMatchObject({ status: 401, code: 'auth.required' });
    expect((await read(sha256, { token: 'fsop_guess' })).problem).toMatchObject({ status: 401, code: 'auth.invalid' });
    expect((await read(sha256, { token: stranger })).problem).toMatchObject({ status: 403, code: 'blob.private' });
    const mine = await read(sha256, { token });
    expect([mine.status, mine.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    expect((await read(sha256, { token: operatorToken(coordinator) })).status).toBe(200);
  });

  it('does not widen to somebody who knows its digest, but not its bytes', async () => {
    const update = randomBytes(64);
    const sha256 = sha256Hex(update);
    await put(sha256, update);
    const { token: stranger } = await enrolledWorker(coordinator);
    expect((await put(sha256, randomBytes(64), {}, stranger)).problem.code).toBe('blob.digest-mismatch');
    expect((await read(sha256, { token: stranger })).problem.code).toBe('blob.private');
    expect((await put(sha256, update, {}, stranger)).status).toBe(200);
    expect((await read(sha256, { token: stranger })).status).toBe(200);
  });

  it('is everybody when the coordinator wrote it, even if somebody sends it again', async () => {
    const model = randomBytes(64);
    const { sha256 } = await coordinator.app.get(BlobStore).put(model);
    expect((await read(sha256)).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    await publishAsModel(sha256);
    await put(sha256, model);
    expect((await read(sha256)).status).toBe(200);
  });

  async function publishAsModel(sha256: string): Promise<void> {
    const artifact = { sha256, tensorRoot: sha256, bytes: 64 };
    await coordinator.app.get(Database).transaction((tx) =>
      coordinator.app.get(RoundStore).save(tx, {
        run: 'a-run', round: 1, attempt: 1, status: 'closed', base: { ...artifact, sha256: '0'.repeat(64) }, model: artifact, openLeaf: sha256,
        closeLeaf: sha256, candidatesSha256: '1'.repeat(64), weightsSha256: null, serverStateSha256: null, cohort: [keyId], quorum: 1, openedAtMs: 1, deadlineAtMs: 2, closedAtMs: 2,
      }),
    );
  }
});

describe('reading a file', () => {
  const file = randomBytes(2 * MEBIBYTE + 100);
  const sha256 = sha256Hex(file);
  beforeAll(async () => {
    await coordinator.app.get(BlobStore).put(file);
  });

  it('gives ranges', async () => {
    const cases: [string, number, number][] = [
      ['bytes=0-9', 0, 10],
      [`bytes=${MEBIBYTE - 5}-${MEBIBYTE + 4}`, MEBIBYTE - 5, MEBIBYTE + 5],
      ['bytes=-7', file.length - 7, file.length],
      [`bytes=${file.length - 1}-`, file.length - 1, file.length],
    ];
    for (const [range, start, end] of cases) {
      const { response, bytes } = await readBytes(sha256, { range });
      expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end - 1}/${file.length}`]);
      expect(bytes.equals(file.subarray(start, end))).toBe(true);
    }
  });

  it('refuses a range outside the file and ignores several', async () => {
    const outside = await read(sha256, { headers: { range: `bytes=${file.length}-` } });
    expect(outside.problem).toMatchObject({ status: 416, code: 'blob.range' });
    expect(outside.headers.get('content-range')).toBe(`bytes */${file.length}`);
    expect((await readBytes(sha256, { range: 'bytes=0-1,4-5' })).bytes.length).toBe(file.length);
  });

  it('knows when the reader has it', async () => {
    const first = await read(sha256);
    expect(first.headers.get('etag')).toBe(`"${sha256}"`);
    expect(first.headers.get('repr-digest')).toBe(digestField(sha256));
    const again = await read(sha256, { headers: { 'if-none-match': `"${sha256}"` } });
    expect([again.status, again.text.length]).toEqual([304, 0]);
    const resumed = await readBytes(sha256, { range: 'bytes=5-', 'if-range': `"${sha256}"` });
    expect(resumed.response.status).toBe(206);
    expect((await readBytes(sha256, { range: 'bytes=5-', 'if-range': '"another"' })).response.status).toBe(200);
  });

  it('answers HEAD without a body', async () => {
    const answer = await read(sha256, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), answer.text.length]).toEqual([200, String(file.length), 0]);
    expect((await read('0'.repeat(64), { method: 'HEAD' })).status).toBe(404);
  });

  it('says what is not here, and does not let that be cached', async () => {
    const answer = await read('0'.repeat(64));
    expect(answer.problem).toMatchObject({ status: 404, code: 'blob.not-found' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
