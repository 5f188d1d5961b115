import { Timer } from './timer.js';

/** A timer whose delays end when the test says so. */
export class ManualTimer extends Timer {
  private readonly waiting = new Set<{ delayMs: number; work: () => void }>();

  override after(delayMs: number, work: () => void): () => void {
    const entry = { delayMs, work };
    this.waiting.add(entry);
    return () => void this.waiting.delete(entry);
  }

  get delaysMs(): number[] {
    return [...this.waiting].map(({ delayMs }) => delayMs);
  }

  /** Ends every delay that runs now. */
  elapse(): void {
    const due = [...this.waiting];
    this.waiting.clear();
    for (const { work } of due) work();
  }
}
