/** Time as an argument, so that tests can set it. */
export abstract class Clock {
  /** Wall clock, ms since the epoch. */
  abstract nowMs(): number;
  /** Monotonic milliseconds since some fixed moment. */
  abstract monotonicMs(): number;
}

export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override monotonicMs(): number {
    return performance.now();
  }
}
