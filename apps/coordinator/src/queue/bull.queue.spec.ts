import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BullQueue } from './bull.queue.js';
import type { JobHandler } from './queue.js';
import { Calls, gate, queueContract, testBackoff } from './queue.contract.testing.js';
import { hasRedisServer, RedisServer } from './redis-server.testing.js';

const LOCK_MS = 3000;
const given = process.env['REDIS_URL'];

const why = 'neither REDIS_URL is set nor a redis-server on PATH';

if (!given && !hasRedisServer) {
  // Reporters leave out the names of what was skipped.
  console.warn(`Skipped: BullMQ on Redis, because ${why}`);
  describe.skip(`BullMQ on Redis: skipped, because ${why}`, () => {
    it('needs Redis', () => undefined);
  });
} else {
  describe('BullMQ on Redis', () => {
    let own: RedisServer | undefined;
    let url = given ?? '';
    beforeAll(async () => {
      if (!given) own = await RedisServer.start();
      url = own?.url ?? url;
    });
    afterAll(() => own?.stop());

    const createQueue = (prefix: string, at = url) =>
      new BullQueue(at, { log: () => undefined, nowMs: Date.now, backoff: testBackoff, lockMs: LOCK_MS, prefix });

    queueContract('BullMQ', async () => {
      const prefix = `fedseal-test-${randomUUID()}`;
      const queues: BullQueue[] = [];
      return {
        place: { driver: 'bull', url, prefix, lockMs: LOCK_MS },
        create: () => {
          const queue = createQueue(prefix);
          queues.push(queue);
          return queue;
        },
        dispose: async () => {
          await Promise.all(queues.map((queue) => queue.stop()));
          const redis = new Redis(url);
          const keys = await redis.keys(`${prefix}:*`);
          if (keys.length > 0) await redis.del(keys);
          redis.disconnect();
        },
      };
    });

    describe.skipIf(!hasRedisServer)(hasRedisServer ? 'faults of Redis' : 'faults of Redis: skipped, because there is no redis-server on PATH', () => {
      /** Runs `work` on a queue whose Redis may be harmed. */
      async function withQueue(
        work: (queue: BullQueue, calls: Calls, redis: RedisServer) => Promise<void>,
        slowUntil: Promise<void> = Promise.resolve(),
      ): Promise<void> {
        const redis = await RedisServer.start();
        const queue = createQueue('fedseal', redis.url);
        const calls = new Calls();
        try {
          const record: JobHandler = async (payload) => calls.record(payload);
          await queue.start({ work: record, slow: (payload) => record(payload).then(() => slowUntil) }, { concurrency: 1 });
          await work(queue, calls, redis);
        } finally {
          await queue.stop();
          await redis.stop();
        }
      }

      const flush = async (url: string) => {
        const client = new Redis(url);
        await client.flushall();
        await client.script('FLUSH');
        client.disconnect();
      };

      it('goes on after a flush that took waiting and delayed jobs', () =>
        withQueue(async (queue, calls, redis) => {
          await queue.add({ name: 'work', key: 'delayed', payload: 'lost', runAtMs: Date.now() + 3_600_000 });
          await flush(redis.url);
          // The key does not count as waiting any more.
          await queue.add({ name: 'work', key: 'delayed', payload: 'again' });
          await calls.until(1);
          expect(calls.payloads).toEqual(['again']);
        }));

      it('goes on after a flush under a running job', () => {
        const { opened, open } = gate();
        return withQueue(async (queue, calls, redis) => {
          await queue.add({ name: 'slow', key: 's', payload: 'slow' });
          await calls.until(1);
          await flush(redis.url);
          open();
          await queue.add({ name: 'work', key: 'w', payload: 'after' });
          await calls.until(2);
          expect(calls.payloads).toEqual(['slow', 'after']);
        }, opened);
      });

      it('goes on after Redis was killed and came back empty', () =>
        withQueue(async (queue, calls, redis) => {
          await queue.add({ name: 'work', key: 'a', payload: 'before' });
          await calls.until(1);
          await redis.kill();
          // Added while it is away: waits for its return.
          const added = queue.add({ name: 'work', key: 'b', payload: 'meanwhile' });
          await redis.restart();
          await added;
          await queue.add({ name: 'work', key: 'c', payload: 'after', runAtMs: Date.now() + 100 });
          await calls.until(3);
          expect(calls.payloads).toEqual(['before', 'meanwhile', 'after']);
        }));

      it('refuses additions while Redis stays away, and stops in time', () =>
        withQueue(async (queue, _calls, redis) => {
          await redis.kill();
          await expect(queue.add({ name: 'work', key: 'a', payload: null })).rejects.toThrow();
          await expect(queue.ping()).rejects.toThrow();
          const start = performance.now();
          await queue.stop();
          expect(performance.now() - start).toBeLessThan(10_000);
        }));
    });
  });
}
