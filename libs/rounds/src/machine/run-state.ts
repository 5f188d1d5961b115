/** State, events and effects of a run. Everything is plain JSON, so that a state can rest in a database row. */

/** A safetensors file, by the hash of its bytes and of its content. */
export interface ModelRef {
  readonly sha256: string;
  readonly tensorRoot: string;
  readonly bytes: number;
}

/** What the plan declares about rounds; fixed for the run's life. */
export interface RunRules {
  /** Rounds to close. */
  readonly rounds: number;
  /** Least accepted updates for a round to close. */
  readonly quorum: number;
  /** Further attempts at one round after the first ended below quorum. */
  readonly retries: number;
  /** Whether each new model is measured by an evaluator before the run may end. */
  readonly centralEvaluation: boolean;
  /** Whether the round's contributors measure it too. Absent in states of runs created before it existed: no. */
  readonly federatedEvaluation?: boolean;
}

/** How far one invited contributor is in the current attempt. */
export interface UpdateState {
  readonly commit: string;
  readonly examples: number;
  readonly status: 'checking' | 'accepted' | 'refused';
}

export type RunPhase =
  /** Waiting for enough contributors to open the round. */
  | 'gathering'
  /** Invited contributors train; updates come in. */
  | 'training'
  /** Every accepted update is known; the new model is being computed. */
  | 'aggregating'
  /** All rounds are closed; evaluations are awaited. */
  | 'finishing'
  /** Held by the operator; `resume` goes on with a new attempt. */
  | 'paused'
  | 'ended';

export interface RunState {
  readonly phase: RunPhase;
  readonly rules: RunRules;
  /** The round being prepared or run, counted from 1. */
  readonly round: number;
  /** The attempt at that round, counted from 1. */
  readonly attempt: number;
  /** The current global model: the base of the round. */
  readonly model: ModelRef;
  /** Attempts at this round that ended below quorum; an operator's pause is not one. */
  readonly failures: number;
  /** Asked for while a model was being computed; honoured once the round has closed. */
  readonly requested: 'pause' | 'stop' | null;
  /** Rounds closed so far. */
  readonly closed: number;
  /** Invited keyIds in rank order; empty unless training or aggregating. */
  readonly cohort: readonly string[];
  readonly target: number;
  /** By keyId. */
  readonly updates: Readonly<Record<string, UpdateState>>;
  /** The deadline passed while updates were still being checked. */
  readonly deadlinePassed: boolean;
  /** Rounds whose evaluation is awaited. */
  readonly evaluating: readonly number[];
  readonly end: { readonly outcome: RunOutcome; readonly reason: string } | null;
}

export type RunOutcome = 'completed' | 'failed' | 'stopped';

export type RunEvent =
  | { readonly type: 'round.opened'; readonly cohort: readonly string[]; readonly target: number; readonly deadlineAtMs: number }
  | {
      readonly type: 'update.committed';
      readonly round: number;
      readonly attempt: number;
      readonly contributor: string;
      readonly commit: string;
      readonly examples: number;
    }
  | { readonly type: 'update.checked'; readonly contributor: string; readonly commit: string; readonly refusal: string | null }
  | { readonly type: 'deadline'; readonly round: number; readonly attempt: number }
  | { readonly type: 'aggregated'; readonly round: number; readonly attempt: number; readonly model: ModelRef }
  /** Every evaluation of the round that was awaited is in. */
  | { readonly type: 'evaluated'; readonly round: number }
  | { readonly type: 'evaluation.timeout'; readonly round: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' };

export type RunEffect =
  /** Draw the cohort and open the round as soon as enough contributors are there. */
  | { readonly type: 'prepare.round' }
  | { readonly type: 'invite'; readonly contributors: readonly string[] }
  | { readonly type: 'schedule.deadline'; readonly round: number; readonly attempt: number; readonly atMs: number }
  | { readonly type: 'check.update'; readonly contributor: string; readonly commit: string }
  | {
      readonly type: 'record.verdict';
      readonly round: number;
      readonly attempt: number;
      readonly contributor: string;
      readonly commit: string | null;
      readonly outcome: 'accepted' | 'refused' | 'silent';
      readonly reason: string;
    }
  | { readonly type: 'aggregate'; readonly round: number; readonly attempt: number; readonly accepted: readonly AcceptedUpdate[] }
  | { readonly type: 'abandon.round'; readonly round: number; readonly attempt: number; readonly reason: string; readonly willRetry: boolean }
  /** A round closed: let go of the updates that the plan no longer keeps. */
  | { readonly type: 'apply.retention'; readonly round: number }
  | { readonly type: 'request.evaluation'; readonly round: number; readonly model: ModelRef }
  | { readonly type: 'end.run'; readonly outcome: RunOutcome; readonly reason: string };

export interface AcceptedUpdate {
  readonly contributor: string;
  readonly commit: string;
  readonly examples: number;
}

/** A new state and what must be done about it; both commit together. */
export interface Step {
  readonly state: RunState;
  readonly effects: readonly RunEffect[];
}
