/**
 * Lets at most one value through per `spacingMs`; the newest one that had to wait follows when the time is up, and older
 * ones are dropped.
 */
export class ProgressThrottle<T> {
  private lastMs = -Infinity;
  private waiting: { value: T } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly spacingMs: number,
    private readonly emit: (value: T) => void,
    private readonly monotonicMs: () => number,
  ) {}

  push(value: T): void {
    const dueMs = this.lastMs + this.spacingMs - this.monotonicMs();
    if (dueMs <= 0 && this.timer === undefined) {
      this.send(value);
      return;
    }
    this.waiting = { value };
    this.timer ??= setTimeout(() => this.release(), Math.max(0, Math.ceil(dueMs)));
  }

  /** Drops what waits. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = undefined;
  }

  private release(): void {
    this.timer = undefined;
    const waiting = this.waiting;
    this.waiting = undefined;
    if (waiting) this.send(waiting.value);
  }

  private send(value: T): void {
    this.lastMs = this.monotonicMs();
    this.emit(value);
  }
}
