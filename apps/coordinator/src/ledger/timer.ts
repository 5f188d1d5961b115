/** Delays as an argument, so that tests decide when they are over. */
export abstract class Timer {
  /** Runs `work` once after `delayMs`. @returns a function that cancels it. */
  abstract after(delayMs: number, work: () => void): () => void;
}

export class SystemTimer extends Timer {
  override after(delayMs: number, work: () => void): () => void {
    const handle = setTimeout(work, delayMs);
    return () => clearTimeout(handle);
  }
}
