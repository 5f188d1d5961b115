/** One at a time, in the order of asking. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    // The next one waits for this one's end, whatever that was.
    this.last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
