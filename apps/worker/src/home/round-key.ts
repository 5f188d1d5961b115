/** One attempt at one round of one run: an update is trained at most once for it. */
export interface RoundKey {
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
}

/** `run.round.attempt`; run names hold no dots, so it is unambiguous and safe as a file name. */
export function roundKeyText(key: RoundKey): string {
  return `${key.run}.${key.round}.${key.attempt}`;
}

export function sameRound(a: RoundKey, b: RoundKey): boolean {
  return a.run === b.run && a.round === b.round && a.attempt === b.attempt;
}

/** Whether `a` comes before `b` in the same run. Rounds of different runs have no order. */
export function isEarlierRound(a: RoundKey, b: RoundKey): boolean {
  return a.run === b.run && (a.round < b.round || (a.round === b.round && a.attempt < b.attempt));
}
