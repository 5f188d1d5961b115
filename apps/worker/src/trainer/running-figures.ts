import type { Tensor } from '@tensorflow/tfjs-core';
import type { BatchOutcome } from './model-session.js';

/** Between two readings: often enough for a progress bar, seldom enough that a GPU is not made to wait for each step. */
const READ_EVERY_MS = 150;

export interface Figures {
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

/** Sums over one epoch. */
interface Sums {
  loss: number;
  correct: number;
  examples: number;
}

/**
 * Means of loss and accuracy over an epoch. Outcomes stay on the device until they are read, many at once, and a reading need
 * not be waited for: the host goes on giving the device steps to compute.
 */
export class RunningFigures {
  #waiting: { outcome: BatchOutcome; count: number }[] = [];
  #epoch: Sums = { loss: 0, correct: 0, examples: 0 };
  /** Of all epochs: examples whose figures were read. */
  #total = 0;
  /** The reading that was begun last; it settles after those before it. */
  #reading: Promise<void> = Promise.resolve();
  readonly #startedMs: number;
  #begunMs: number;
  #readMs: number;

  constructor(private readonly monotonicMs: () => number) {
    this.#startedMs = monotonicMs();
    this.#begunMs = this.#startedMs;
    this.#readMs = this.#startedMs;
  }

  beginEpoch(): void {
    this.#total += this.#waiting.reduce((sum, { count }) => sum + count, 0);
    this.#freeWaiting();
    this.#epoch = { loss: 0, correct: 0, examples: 0 };
  }

  add(outcome: BatchOutcome, count: number): void {
    this.#waiting.push({ outcome, count });
  }

  isDue(): boolean {
    return this.monotonicMs() - this.#begunMs >= READ_EVERY_MS;
  }

  /**
   * Begins to read what waits and returns what was read before. It waits for the reading before this one alone, so the device
   * always has steps to compute, and never more than those between two readings.
   * @returns undefined while nothing of this epoch was read
   */
  async glance(): Promise<Figures | undefined> {
    const before = this.#reading;
    this.#begin();
    await before;
    return this.#epoch.examples === 0 ? undefined : this.#means();
  }

  /** Reads everything that was added. */
  async read(): Promise<Figures> {
    this.#begin();
    await this.#reading;
    return this.#means();
  }

  /** Frees outcomes that nobody read, after any reading under way. */
  async dispose(): Promise<void> {
    this.#freeWaiting();
    await this.#reading.catch(() => undefined);
  }

  #begin(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#begunMs = this.monotonicMs();
    if (waiting.length === 0) return;
    const reading = Promise.all([this.#reading, this.#collect(waiting, this.#epoch)]).then(() => undefined);
    // Whoever awaits it next hears of a failure; until then it must not count as unhandled.
    reading.catch(() => undefined);
    this.#reading = reading;
  }

  async #collect(waiting: readonly { outcome: BatchOutcome; count: number }[], epoch: Sums): Promise<void> {
    const [losses, corrects] = await Promise.all([
      readAll(waiting.map(({ outcome }) => outcome.loss)),
      readAll(waiting.map(({ outcome }) => outcome.correct)),
    ]);
    // Over float64, in the order of the steps: the means do not depend on when they were read.
    waiting.forEach(({ count }, at) => {
      epoch.loss += losses[at]! * count;
      epoch.correct += corrects[at]!;
      epoch.examples += count;
      this.#total += count;
    });
    this.#readMs = this.monotonicMs();
  }

  #means(): Figures {
    const { loss, correct, examples } = this.#epoch;
    const seconds = (this.#readMs - this.#startedMs) / 1000;
    return { loss: loss / examples, accuracy: correct / examples, imagesPerSecond: seconds > 0 ? this.#total / seconds : 0 };
  }

  #freeWaiting(): void {
    for (const { outcome } of this.#waiting) {
      outcome.loss.dispose();
      outcome.correct.dispose();
    }
    this.#waiting = [];
  }
}

/** The values of scalars, all asked for before the first is waited for; they are disposed of then. */
async function readAll(scalars: readonly Tensor[]): Promise<number[]> {
  try {
    return (await Promise.all(scalars.map((scalar) => scalar.data()))).map(([value]) => value!);
  } finally {
    scalars.forEach((scalar) => scalar.dispose());
  }
}
