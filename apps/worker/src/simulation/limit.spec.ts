import { describe, expect, it } from 'vitest';
import { Limit } from './limit.js';

/** Work that ends when it is told to. */
function job() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { end, ended, started: false };
}

const never = new AbortController().signal;

describe('Limit', () => {
  it('runs at most so many at once, the others in the order they came', async () => {
    const limit = new Limit(2);
    const jobs = [job(), job(), job(), job()];
    const runs = jobs.map((each) => limit.run(async () => { each.started = true; await each.ended; }, never));
    await Promise.resolve();
    expect(jobs.map(({ started }) => started)).toEqual([true, true, false, false]);
    jobs[1]!.end();
    await runs[1];
    expect(jobs.map(({ started }) => started)).toEqual([true, true, true, false]);
    for (const each of jobs) each.end();
    await Promise.all(runs);
  });

  it('passes the place on when work throws', async () => {
    const limit = new Limit(1);
    const failing = limit.run(() => Promise.reject(new Error('no')), never);
    const next = limit.run(() => Promise.resolve('done'), never);
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });

  it('lets who waits leave, and neither runs nor keeps a place for them', async () => {
    const limit = new Limit(1);
    const first = job();
    const running = limit.run(() => first.ended, never);
    const leaving = new AbortController();
    const left = limit.run(() => Promise.resolve('ran'), leaving.signal);
    const after = limit.run(() => Promise.resolve('after'), never);
    leaving.abort(new Error('called off'));
    await expect(left).rejects.toThrow('called off');
    first.end();
    await running;
    expect(await after).toBe('after');
    expect(await limit.run(() => Promise.resolve('free'), never)).toBe('free');
  });
});
