import { describe, expect, it } from 'vitest';
import { Clock } from '../../observability/clock.js';
import { SubmissionLimit } from './submission-limit.js';

class HandClock extends Clock {
  ms = 0;
  override nowMs(): number {
    return this.ms;
  }
  override monotonicMs(): number {
    return this.ms;
  }
}

describe('SubmissionLimit', () => {
  it('lets a burst through, then only what time earns, and keeps keys apart', () => {
    const clock = new HandClock();
    const limit = new SubmissionLimit(clock);
    const taken = (key: string, tries: number) => Array.from({ length: tries }, () => limit.take(key)).filter(Boolean).length;
    expect(taken('a', 300)).toBe(60);
    expect(taken('b', 10)).toBe(10);
    clock.ms += 1000;
    expect(taken('a', 300)).toBe(10);
    clock.ms += 3_600_000;
    expect(taken('a', 300)).toBe(60);
  });
});
