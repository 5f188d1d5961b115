/** What an audit rebuilt. */
export interface AuditedRound {
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
  /** Height of the block that seals its round.close. */
  readonly block: number;
  readonly model: string;
  readonly contributors: number;
  /** `reproduced`: computed again, byte for byte. `not-kept`: the plan's retention let its updates go. */
  readonly status: 'reproduced' | 'not-kept';
}

export interface AuditReport {
  readonly runs: number;
  readonly rounds: readonly AuditedRound[];
  /** Cohorts drawn again from their seeds. */
  readonly cohorts: number;
  /** Initial models generated again from their plans. */
  readonly initialModels: number;
}
