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
  /** Attempts at most; endless by default. */
  readonly attempts?: number;
}

/** Repeats `work` until it succeeds, fails for good, or is aborted (then it rejects with the signal's reason). */
export async function retrying<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures++) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!options.isTransient(error) || failures >= (options.attempts ?? Infinity)) throw error;
      const delayMs = backOffMs(options.backOff, failures, options.random());
      options.onRetry?.(error, delayMs);
      await pause(delayMs, options.signal);
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
