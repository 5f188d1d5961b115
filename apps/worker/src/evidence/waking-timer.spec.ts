import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WakingTimer } from './waking-timer.js';

const TIMES = { spacingMs: 2000, mostMs: 60_000 };

describe('the waking timer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('makes one look of many reasons, and none without one', async () => {
    const look = vi.fn(async () => false);
    const timer = new WakingTimer(TIMES);
    for (let i = 0; i < 100; i++) {
      timer.wake(look);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(look).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(look).toHaveBeenCalledTimes(1);
  });

  it('looks ever more rarely while something stays open, and soon again after a reason', async () => {
    const at: number[] = [];
    const beganMs = Date.now();
    const look = async () => { at.push((Date.now() - beganMs) / 1000); return true; };
    const timer = new WakingTimer(TIMES);
    timer.wake(look);
    await vi.advanceTimersByTimeAsync(250_000);
    expect(at).toEqual([2, 6, 14, 30, 62, 122, 182, 242]);
    timer.wake(look);
    await vi.advanceTimersByTimeAsync(8000);
    expect(at.slice(8)).toEqual([252, 256]);
  });

  it('never looks twice at once: a reason during a look brings one more after it', async () => {
    let finish: () => void = () => undefined;
    const look = vi.fn(() => new Promise<boolean>((resolve) => { finish = () => resolve(false); }));
    const timer = new WakingTimer(TIMES);
    timer.wake(look);
    await vi.advanceTimersByTimeAsync(2000);
    for (let i = 0; i < 5; i++) timer.wake(look);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(look).toHaveBeenCalledTimes(1);
    finish();
    await vi.advanceTimersByTimeAsync(2000);
    expect(look).toHaveBeenCalledTimes(2);
    finish();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('is silent once it was stopped, in the middle of a look too', async () => {
    let finish: () => void = () => undefined;
    const look = vi.fn(() => new Promise<boolean>((resolve) => { finish = () => resolve(true); }));
    const timer = new WakingTimer(TIMES);
    timer.wake(look);
    await vi.advanceTimersByTimeAsync(2000);
    timer.stop();
    finish();
    timer.wake(look);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(look).toHaveBeenCalledTimes(1);
  });
});
