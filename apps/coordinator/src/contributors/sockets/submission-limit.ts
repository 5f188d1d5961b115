import { Injectable } from '@nestjs/common';
import { Clock } from '../../observability/clock.js';

/** Leaves a key may submit at once, and per second in the long run: a worker sends one or two a round. */
const BURST = 60;
const PER_SECOND = 10;

/**
 * A token bucket per key. Every accepted leaf is kept for ever, so no key may fill the chain faster than this. Full
 * buckets are forgotten, so memory is bounded by the keys that were busy lately.
 */
@Injectable()
export class SubmissionLimit {
  private readonly buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(private readonly clock: Clock) {}

  /** @returns whether this key may submit one more leaf now. */
  take(keyId: string): boolean {
    const now = this.clock.monotonicMs();
    const bucket = this.buckets.get(keyId) ?? { tokens: BURST, atMs: now };
    const tokens = Math.min(BURST, bucket.tokens + ((now - bucket.atMs) / 1000) * PER_SECOND);
    if (tokens < 1) return false;
    this.buckets.set(keyId, { tokens: tokens - 1, atMs: now });
    if (this.buckets.size > 10_000) this.forgetFull(now);
    return true;
  }

  private forgetFull(now: number): void {
    for (const [keyId, { tokens, atMs }] of this.buckets) {
      if (tokens + ((now - atMs) / 1000) * PER_SECOND >= BURST) this.buckets.delete(keyId);
    }
  }
}
