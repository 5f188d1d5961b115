import { setTimeout as sleep } from 'node:timers/promises';

export interface BackOff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** From half a second to half a minute: a coordinator that restarts is found soon, one that is gone is not hammered. */
export const DEFAULT_BACK_OFF: BackOff = { firstMs: 500, mostMs: 30_000 };

/**
 * Exponential back-off with full jitter in its upper half (half the step, plus a random part of the other half), so
 * that workers that lost one coordinator together do not come back together.
 * @param failures how many attempts failed so far, at least 1
 * @param random in [0, 1)
 */
export function backOffMs(backOff: BackOff, failures: number, random: number): number {
  const step = Math.min(backOff.mostMs, backOff.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(step / 2 + (step / 2) * random);
}

export interface RetryOptions {
  readonly signal: AbortSignal;
  readonly backOff: BackOff;
  readonly random: () => number;
  readonly isTransient: (error: unknown) => boolean;
  /** Told of each failure before the wait. */
  readonly onRetry?: (error: unknown, delayMs: number) => void;
  /** How to wait; a plain pause by default. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Repeats `work` until it succeeds, fails for good, or is aborted (then it rejects with the signal's reason). */
export async function retrying<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures++) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!options.isTransient(error)) throw error;
      const delayMs = backOffMs(options.backOff, failures, options.random());
      options.onRetry?.(error, delayMs);
      await (options.wait ?? pause)(delayMs, options.signal);
    }
  }
}

/** Waits; rejects with the signal's own reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

/** Pauses that end early when there is a reason to try again at once, such as a connection that came back. */
export class WakeablePauses {
  private readonly sleepers = new Set<AbortController>();

  wake(): void {
    for (const sleeper of this.sleepers) sleeper.abort();
  }

  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const sleeper = new AbortController();
    this.sleepers.add(sleeper);
    try {
      await pause(ms, AbortSignal.any([signal, sleeper.signal]));
    } catch (error) {
      signal.throwIfAborted();
      if (!sleeper.signal.aborted) throw error;
    } finally {
      this.sleepers.delete(sleeper);
    }
  }
}
