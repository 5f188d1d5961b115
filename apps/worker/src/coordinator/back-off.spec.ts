import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs, DEFAULT_BACK_OFF, pause, retrying, WakeablePauses } from './back-off.js';

const never = new AbortController().signal;
const options = { signal: never, backOff: { firstMs: 1, mostMs: 2 }, random: () => 0, isTransient: () => true };

describe('a back-off', () => {
  it('is between half of its step and the whole, and never above the most', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 0.999999, noNaN: true }), (failures, random) => {
      const step = Math.min(DEFAULT_BACK_OFF.mostMs, DEFAULT_BACK_OFF.firstMs * 2 ** (failures - 1));
      const ms = backOffMs(DEFAULT_BACK_OFF, failures, random);
      expect(ms).toBeGreaterThanOrEqual(Math.floor(step / 2));
      expect(ms).toBeLessThanOrEqual(step);
    }));
  });
});

describe('retrying', () => {
  it('repeats what may pass and tells of each failure', async () => {
    let calls = 0;
    const delays: number[] = [];
    const work = async () => {
      if (++calls < 4) throw new Error(`failure ${calls}`);
      return calls;
    };
    expect(await retrying(work, { ...options, onRetry: (_, ms) => delays.push(ms) })).toBe(4);
    expect(delays).toHaveLength(3);
  });

  it('gives up at once on what cannot pass', async () => {
    let calls = 0;
    const work = async () => { calls += 1; throw new Error('refused'); };
    await expect(retrying(work, { ...options, isTransient: () => false })).rejects.toThrow('refused');
    expect(calls).toBe(1);
  });

  it('ends with the signal\'s own reason, in a wait too', async () => {
    const ending = new AbortController();
    const work = async () => { throw new Error('down'); };
    const running = retrying(work, { ...options, signal: ending.signal, backOff: { firstMs: 60_000, mostMs: 60_000 }, onRetry: () => ending.abort(new Error('stop')) });
    await expect(running).rejects.toThrow('stop');
  });
});

describe('a wakeable pause', () => {
  it('ends when it is woken', async () => {
    const pauses = new WakeablePauses();
    const resting = pauses.pause(60_000, never);
    pauses.wake();
    await resting;
  });

  it('rejects with the reason of its signal', async () => {
    const ending = new AbortController();
    const resting = new WakeablePauses().pause(60_000, ending.signal);
    ending.abort(new Error('stop'));
    await expect(resting).rejects.toThrow('stop');
    await expect(pause(60_000, ending.signal)).rejects.toThrow('stop');
  });

  it('else lasts its time', async () => {
    const began = performance.now();
    await new WakeablePauses().pause(20, never);
    expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  });
});
