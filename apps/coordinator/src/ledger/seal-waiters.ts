/** Where a leaf was sealed. */
export interface SealedPlace {
  readonly height: number;
  readonly index: number;
}

/** Who waits for which leaf to be sealed. */
export class SealWaiters {
  private readonly waiters = new Map<string, ((place: SealedPlace) => void)[]>();

  wait(leafHash: string): Promise<SealedPlace> {
    return new Promise((resolve) => {
      const waiting = this.waiters.get(leafHash);
      if (waiting) waiting.push(resolve);
      else this.waiters.set(leafHash, [resolve]);
    });
  }

  resolve(leafHash: string, place: SealedPlace): void {
    const waiting = this.waiters.get(leafHash);
    this.waiters.delete(leafHash);
    for (const resolve of waiting ?? []) resolve(place);
  }
}
