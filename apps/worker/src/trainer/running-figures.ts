import type { BatchOutcome } from './model-session.js';

/** Between two readings: often enough for a progress bar, seldom enough that a GPU is not made to wait for each step. */
const READ_EVERY_MS = 150;

/** Means of loss and accuracy over an epoch; outcomes stay on the device until they are read. */
export class RunningFigures {
  #waiting: { outcome: BatchOutcome; count: number }[] = [];
  #loss = 0;
  #correct = 0;
  /** Of this epoch, and of all. */
  #examples = 0;
  #total = 0;
  readonly #startedMs: number;
  #readMs: number;

  constructor(private readonly monotonicMs: () => number) {
    this.#startedMs = monotonicMs();
    this.#readMs = this.#startedMs;
  }

  beginEpoch(): void {
    this.dispose();
    this.#loss = 0;
    this.#correct = 0;
    this.#examples = 0;
  }

  add(outcome: BatchOutcome, count: number): void {
    this.#waiting.push({ outcome, count });
    this.#total += count;
  }

  isDue(): boolean {
    return this.monotonicMs() - this.#readMs >= READ_EVERY_MS;
  }

  async read(): Promise<{ loss: number; accuracy: number; imagesPerSecond: number }> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { outcome, count } of waiting) {
      const [[loss], [correct]] = await Promise.all([outcome.loss.data(), outcome.correct.data()]);
      this.#loss += loss! * count;
      this.#correct += correct!;
      this.#examples += count;
      free(outcome);
    }
    this.#readMs = this.monotonicMs();
    const seconds = (this.#readMs - this.#startedMs) / 1000;
    return {
      loss: this.#loss / this.#examples,
      accuracy: this.#correct / this.#examples,
      imagesPerSecond: seconds > 0 ? this.#total / seconds : 0,
    };
  }

  /** Frees outcomes that nobody read. */
  dispose(): void {
    for (const { outcome } of this.#waiting) free(outcome);
    this.#waiting = [];
  }
}

function free({ loss, correct }: BatchOutcome): void {
  loss.dispose();
  correct.dispose();
}
