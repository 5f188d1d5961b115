import type { Head } from '@fedseal/protocol/worker-messages';
import { History } from '../history/history.js';

/**
 * The history that all members of one process follow. Each still signs the head that was verified for it; the headers below it are
 * downloaded and checked once for all of them.
 */
export class SharedHistory extends History {
  #before: Promise<unknown> = Promise.resolve();

  /** One after the other: the second of two that are shown the same head finds it verified. */
  override follow(claimed: Head, signal: AbortSignal): Promise<Head> {
    const turn = this.#before.then(() => super.follow(claimed, signal));
    this.#before = turn.catch(() => undefined);
    return turn;
  }
}
