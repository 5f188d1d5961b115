import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedPostgres } from '../storage/embedded/embedded-postgres.js';
import { StorageConnection } from '../storage/storage-connection.js';
import { silentLog } from '../storage/storage-log.js';
import { editRows } from '../storage/testing/edit-rows.testing.js';
import { temporaryHome } from '../storage/testing/test-cluster.testing.js';
import { createTestDatabase, type TestDatabase } from '../storage/testing/test-database.testing.js';
import { GraphileQueue } from './graphile.queue.js';
import { Calls, gate, queueContract, testBackoff } from './queue.contract.testing.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

queueContract('graphile-worker on Postgres', async () => {
  const queues: GraphileQueue[] = [];
  return {
    place: { driver: 'graphile', url: database.url },
    create: () => {
      const queue = new GraphileQueue(new StorageConnection(database.url, silentLog), { log: silentLog, nowMs: Date.now, backoff: testBackoff });
      queues.push(queue);
      return queue;
    },
    dispose: async () => {
      await Promise.all(queues.map((queue) => queue.stop()));
      await editRows(database.url, 'DELETE FROM graphile_worker._private_jobs');
    },
  };
});

/** Whether anything listens at a loopback port. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('GraphileQueue when the database is killed', () => {
  it.each([
    ['and its connections wait for its return', undefined],
    ['and its workers die of it', 0],
  ])('finishes every job, those that run and those that wait: %s', async (_, patienceMs) => {
    const home = temporaryHome();
    const server = await EmbeddedPostgres.open(home, { log: silentLog });
    const queue = new GraphileQueue(new StorageConnection(server.url, silentLog, patienceMs), { log: silentLog, nowMs: Date.now, backoff: testBackoff });
    try {
      const calls = new Calls();
      const { opened, open } = gate();
      await queue.start(
        {
          // Both workers are at it when the database goes, and mark their jobs as done while it is away.
          slow: async (payload) => {
            calls.record(payload);
            await opened;
          },
          work: async (payload) => calls.record(payload),
        },
        { concurrency: 2 },
      );
      for (const key of ['a', 'b']) await queue.add({ name: 'slow', key, payload: `slow ${key}` });
      await calls.until(2);
      for (let n = 0; n < 5; n++) await queue.add({ name: 'work', key: String(n), payload: n });
      const port = Number(new URL(server.url).port);
      process.kill(server.pid!, 'SIGKILL');
      await expect.poll(() => answers(port), { timeout: 10_000, interval: 1 }).toBe(false);
      open();
      await expect.poll(() => answers(port), { timeout: 30_000, interval: 20 }).toBe(true);
      await expect.poll(() => queue.ping().then(() => true, () => false), { timeout: 30_000, interval: 20 }).toBe(true);
      await queue.add({ name: 'work', key: 'after', payload: 'after' });
      const wanted = ['slow a', 'slow b', 0, 1, 2, 3, 4, 'after'];
      await expect.poll(() => wanted.filter((one) => !calls.payloads.includes(one)), { timeout: 40_000, interval: 20 }).toEqual([]);
    } finally {
      await queue.stop();
      await server.close();
      rmSync(home, { recursive: true, force: true });
    }
  });
});
