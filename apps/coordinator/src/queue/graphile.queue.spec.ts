import { StorageConnection } from '../storage/storage-connection.js';
import { silentLog } from '../storage/storage-log.js';
import { createTestDatabase } from '../storage/testing/test-database.testing.js';
import { GraphileQueue } from './graphile.queue.js';
import { queueContract, testBackoff } from './queue.contract.testing.js';

queueContract('graphile-worker on Postgres', async () => {
  const database = await createTestDatabase();
  const queues: GraphileQueue[] = [];
  return {
    create: () => {
      const queue = new GraphileQueue(new StorageConnection(database.url, silentLog), { log: () => undefined, nowMs: Date.now, backoff: testBackoff });
      queues.push(queue);
      return queue;
    },
    dispose: async () => {
      await Promise.all(queues.map((queue) => queue.stop()));
      await database.drop();
    },
  };
});
