import { afterAll, beforeAll } from 'vitest';
import { StorageConnection } from '../storage/storage-connection.js';
import { silentLog } from '../storage/storage-log.js';
import { editRows } from '../storage/testing/edit-rows.testing.js';
import { createTestDatabase, type TestDatabase } from '../storage/testing/test-database.testing.js';
import { GraphileQueue } from './graphile.queue.js';
import { queueContract, testBackoff } from './queue.contract.testing.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

queueContract('graphile-worker on Postgres', async () => {
  const queues: GraphileQueue[] = [];
  return {
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
