/** Outbox ids: one per effect that must happen once, so that replays and several coordinators agree on them. */
export const effectIds = {
  check: (commit: string) => `check.${commit}`,
  deadline: (run: string, round: number, attempt: number) => `deadline.${run}.${round}.${attempt}`,
  aggregate: (run: string, round: number, attempt: number) => `aggregate.${run}.${round}.${attempt}`,
  prune: (run: string, round: number) => `prune.${run}.${round}`,
  evaluationTimeout: (run: string, round: number) => `evaluation-timeout.${run}.${round}`,
} as const;

/** Kinds of outbox entries; each has exactly one processor (effect-processors.ts). */
export type EffectKind = 'update.check' | 'updates.prune' | 'round.deadline' | 'round.aggregate' | 'evaluation.timeout';

export interface CheckPayload {
  readonly run: string;
  readonly commit: string;
}

export interface RoundPayload {
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
}
