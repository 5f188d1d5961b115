import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Backoff } from './job-runner.js';
import type { JobHandler, Queue } from './queue.js';
import { takeJobAndDie, type QueuePlace } from './worker-process.testing.js';

export const testBackoff: Backoff = { baseMs: 100, maxMs: 2000 };

/** What a driver's spec gives: fresh, empty ground, and queues on it. */
export interface QueueGround {
  create(): Queue;
  readonly place: QueuePlace;
  /** Stops every queue that was created and removes the ground. */
  dispose(): Promise<void>;
}

/** Calls of a handler, to be waited for. */
export class Calls {
  readonly payloads: unknown[] = [];
  readonly times: number[] = [];
  private waiting: { count: number; resolve: () => void }[] = [];

  record(payload: unknown): void {
    this.payloads.push(payload);
    this.times.push(Date.now());
    this.waiting = this.waiting.filter(({ count, resolve }) => this.payloads.length < count || resolve());
  }

  until(count: number): Promise<void> {
    return this.payloads.length >= count ? Promise.resolve() : new Promise((resolve) => this.waiting.push({ count, resolve }));
  }
}

export function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** What every driver of the queue port must do. */
export function queueContract(name: string, makeGround: () => Promise<QueueGround>): void {
  describe(`queue contract: ${name}`, () => {
    let ground: QueueGround;
    beforeEach(async () => {
      ground = await makeGround();
    });
    afterEach(() => ground.dispose());

    const started = async (handlers: Record<string, JobHandler>, concurrency = 2): Promise<Queue> => {
      const queue = ground.create();
      await queue.start(handlers, { concurrency });
      return queue;
    };

    it('delivers each job to the handler of its name, with its payload', async () => {
      const greet = new Calls();
      const count = new Calls();
      const queue = await started({ greet: async (payload) => greet.record(payload), count: async (payload) => count.record(payload) });
      await queue.add({ name: 'greet', key: 'a', payload: { to: 'Ada', nested: [1, null, 'ü'] } });
      await queue.add({ name: 'count', key: 'a', payload: 7 });
      await Promise.all([greet.until(1), count.until(1)]);
      expect(greet.payloads).toEqual([{ to: 'Ada', nested: [1, null, 'ü'] }]);
      expect(count.payloads).toEqual([7]);
    });

    it('keeps one waiting job per key and changes nothing about it', async () => {
      const queue = ground.create();
      for (const payload of [1, 2, 3]) await queue.add({ name: 'work', key: 'same', payload });
      await queue.add({ name: 'work', key: 'other', payload: 9 });
      const calls = new Calls();
      await queue.start({ work: async (payload) => calls.record(payload), last: async (payload) => calls.record(payload) }, { concurrency: 1 });
      await calls.until(2);
      await queue.add({ name: 'last', key: 'end', payload: 'end' });
      await calls.until(3);
      expect(calls.payloads).toEqual([1, 9, 'end']);
    });

    it('runs a key again that is added while it runs, and never beside itself', async () => {
      const calls = new Calls();
      const { opened, open } = gate();
      let inside = 0;
      let most = 0;
      const queue = await started({
        work: async (payload) => {
          most = Math.max(most, ++inside);
          calls.record(payload);
          await opened;
          inside--;
        },
        other: async (payload) => calls.record(payload),
      });
      await queue.add({ name: 'work', key: 'k', payload: 'first' });
      await calls.until(1);
      await queue.add({ name: 'work', key: 'k', payload: 'second' });
      await queue.add({ name: 'other', key: 'k', payload: 'beside' });
      await calls.until(2);
      expect(calls.payloads).toEqual(['first', 'beside']);
      open();
      await calls.until(3);
      expect(calls.payloads).toEqual(['first', 'beside', 'second']);
      expect(most).toBe(1);
    });

    it('takes a key again after it ran', async () => {
      const calls = new Calls();
      const queue = await started({ work: async (payload) => calls.record(payload) });
      for (const payload of [1, 2, 3]) {
        await queue.add({ name: 'work', key: 'k', payload });
        await calls.until(payload);
      }
      expect(calls.payloads).toEqual([1, 2, 3]);
    });

    it('holds a delayed job back until its time, and others pass it', async () => {
      const calls = new Calls();
      const queue = await started({ work: async (payload) => calls.record(payload) });
      const runAtMs = Date.now() + 700;
      await queue.add({ name: 'work', key: 'late', payload: 'late', runAtMs });
      await queue.add({ name: 'work', key: 'late', payload: 'ignored' });
      await queue.add({ name: 'work', key: 'now', payload: 'now' });
      await calls.until(2);
      expect(calls.payloads).toEqual(['now', 'late']);
      expect(calls.times[1]).toBeGreaterThanOrEqual(runAtMs);
      expect(calls.times[1]).toBeLessThan(runAtMs + 3000);
    });

    it('repeats a failing job with growing pauses until it succeeds', async () => {
      const calls = new Calls();
      const done = gate();
      const queue = await started({
        work: async (payload) => {
          calls.record(payload);
          if (calls.payloads.length < 4) throw new Error(`failure ${calls.payloads.length}`);
          done.open();
        },
      });
      await queue.add({ name: 'work', key: 'k', payload: 'stubborn' });
      await done.opened;
      expect(calls.payloads).toEqual(Array(4).fill('stubborn'));
      const pauses = calls.times.slice(1).map((time, n) => time - calls.times[n]!);
      pauses.forEach((pause, n) => expect(pause).toBeGreaterThanOrEqual(testBackoff.baseMs * 2 ** n - 5));
    });

    it('lets a failing job not hold up the others', async () => {
      const calls = new Calls();
      const queue = await started({ fail: async () => Promise.reject(new Error('always')), work: async (payload) => calls.record(payload) }, 1);
      await queue.add({ name: 'fail', key: 'f', payload: null });
      for (let n = 0; n < 10; n++) await queue.add({ name: 'work', key: String(n), payload: n });
      await calls.until(10);
      expect(new Set(calls.payloads)).toEqual(new Set(Array.from({ length: 10 }, (_, n) => n)));
    });

    it('refuses a job that nobody handles once it has started', async () => {
      const queue = await started({ work: async () => undefined });
      await expect(queue.add({ name: 'unknown', key: 'k', payload: null })).rejects.toMatchObject({ code: 'queue.no-handler' });
      await expect(queue.add({ name: 'toString', key: 'k', payload: null })).rejects.toMatchObject({ code: 'queue.no-handler' });
    });

    it('works on as many jobs at once as it may', async () => {
      const calls = new Calls();
      const { opened, open } = gate();
      const queue = await started(
        {
          work: async (payload) => {
            calls.record(payload);
            // Only all three together open it.
            if (calls.payloads.length === 3) open();
            await opened;
          },
        },
        3,
      );
      for (const key of ['a', 'b', 'c']) await queue.add({ name: 'work', key, payload: key });
      await opened;
      expect(calls.payloads.toSorted()).toEqual(['a', 'b', 'c']);
    });

    it('finishes what runs when it stops, and leaves the rest to the next', async () => {
      const calls = new Calls();
      const { opened, open } = gate();
      let finished = false;
      const queue = await started(
        {
          work: async (payload) => {
            calls.record(payload);
            await opened;
            finished = true;
          },
        },
        1,
      );
      await queue.add({ name: 'work', key: 'running', payload: 'running' });
      await calls.until(1);
      await queue.add({ name: 'work', key: 'waiting', payload: 'waiting' });
      const stopped = queue.stop();
      open();
      await stopped;
      expect(finished).toBe(true);
      expect(calls.payloads).toEqual(['running']);
      await expect(queue.add({ name: 'work', key: 'late', payload: 'late' })).rejects.toMatchObject({ code: 'queue.unavailable' });

      const rest = new Calls();
      await started({ work: async (payload) => rest.record(payload) });
      await rest.until(1);
      expect(rest.payloads).toEqual(['waiting']);
    });

    it('shares the work of several processes, each job once', async () => {
      const calls = new Calls();
      const work = { work: async (payload: unknown) => calls.record(payload) };
      const [first, second] = [await started(work), await started(work)];
      const keys = Array.from({ length: 60 }, (_, n) => `job-${n}`);
      await Promise.all(keys.map((key, n) => (n % 2 ? first : second).add({ name: 'work', key, payload: key })));
      await calls.until(keys.length);
      await Promise.all([first.stop(), second.stop()]);
      expect(calls.payloads.toSorted()).toEqual(keys.toSorted());
    });

    it('gives the job of a killed process to another', async () => {
      const producer = ground.create();
      await producer.add({ name: 'work', key: 'k', payload: 'orphan' });
      expect(await takeJobAndDie(ground.place)).toBe('orphan');
      const calls = new Calls();
      await started({ work: async (payload) => calls.record(payload) });
      await calls.until(1);
      expect(calls.payloads).toEqual(['orphan']);
    });

    it('answers a ping, and refuses one after its end', async () => {
      const queue = await started({});
      await queue.ping();
      await queue.stop();
      await expect(queue.ping()).rejects.toThrow();
    });
  });
}
