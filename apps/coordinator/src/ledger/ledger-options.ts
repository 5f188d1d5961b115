/** How a new federation's chain is set up, and how this coordinator mines. */
export interface LedgerOptions {
  readonly name: string;
  /** C2SP checkpoint origin; undefined: derived from the chain's salt. */
  readonly origin: string | undefined;
  readonly minerThreads: number;
  /** How often to look for what other coordinators sealed, ms; undefined where there can be none. */
  readonly followMs: number | undefined;
  readonly proofOfWork: {
    /** σ: share of a round's length that a search should take, parts per million. */
    readonly sigmaPpm: number;
    /** W: headers the retarget looks back on. */
    readonly window: number;
    /** E_floor: expected tries never fall below this. */
    readonly floor: bigint;
    /** Length of the first searches, ms of this machine's measured rate; 0: the floor, without measuring. */
    readonly startMs: number;
  };
}

export const PROOF_OF_WORK: LedgerOptions['proofOfWork'] = { sigmaPpm: 8_000, window: 32, floor: 4_096n, startMs: 250 };
