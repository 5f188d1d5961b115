export interface WakingTimes {
  /** From a reason to look to the look, in ms: many reasons in a row make one look. */
  readonly spacingMs: number;
  /** The longest wait while something stays open and nothing happens. */
  readonly mostMs: number;
}

/**
 * A block is sealed some seconds after its round, so the first look is soon; what is open for longer waits for the next block, which
 * comes with an invitation or not for hours.
 */
export const DEFAULT_WAKING: WakingTimes = { spacingMs: 2000, mostMs: 300_000 };

/** Looks soon after each reason, one look at a time, and ever more rarely as long as a look leaves something open. */
export class WakingTimer {
  private timer: NodeJS.Timeout | undefined;
  private dueInMs: number | undefined;
  private looking = false;
  /** A reason came during a look. */
  private again = false;
  private stopped = false;
  private delayMs: number;

  constructor(private readonly times: WakingTimes) {
    this.delayMs = times.spacingMs;
  }

  /** @param look whether something is left open */
  wake(look: () => Promise<boolean>): void {
    this.delayMs = this.times.spacingMs;
    if (this.looking) this.again = true;
    else if (this.dueInMs === undefined || this.dueInMs > this.times.spacingMs) this.schedule(look, this.times.spacingMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(look: () => Promise<boolean>, delayMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.dueInMs = delayMs;
    this.timer = setTimeout(() => void this.run(look), delayMs);
  }

  private async run(look: () => Promise<boolean>): Promise<void> {
    this.dueInMs = undefined;
    this.looking = true;
    const open = await look();
    this.looking = false;
    if (this.again) {
      this.again = false;
      this.schedule(look, this.times.spacingMs);
    } else if (open) {
      this.delayMs = Math.min(this.times.mostMs, this.delayMs * 2);
      this.schedule(look, this.delayMs);
    }
  }
}
