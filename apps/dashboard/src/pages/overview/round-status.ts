import type { Provenance } from '@fedseal/protocol/rest';
import type { LiveRound, LiveState } from '../../live/live-state.js';
import type { Tone } from '../../ui/parts.js';

/** The running round as one picture of two sources: its record over REST, and what the socket told since. */

export interface InvitedWorker {
  readonly contributor: string;
  readonly name: string;
  readonly state: 'invited' | 'idle' | 'downloading' | 'training' | 'uploading' | 'waiting' | 'evaluating' | 'accepted' | 'refused' | 'silent' | 'offline';
  readonly reason: string | undefined;
  /** 0 to 1 */
  readonly done: number;
  readonly imagesPerSecond: number | undefined;
  readonly loss: number | undefined;
  readonly accuracy: number | undefined;
}

export type StepState = 'done' | 'now' | 'next' | 'failed';
export interface RoundSteps { readonly invite: StepState; readonly train: StepState; readonly aggregate: StepState; readonly evaluate: StepState; readonly seal: StepState }

export interface RoundStatus {
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
  readonly deadlineAtMs: number;
  readonly invited: readonly InvitedWorker[];
  readonly accepted: number;
  readonly steps: RoundSteps;
}

export const TONE_OF: Record<InvitedWorker['state'], Tone> = {
  invited: 'calm', idle: 'calm', downloading: 'busy', training: 'busy', uploading: 'busy', waiting: 'calm', evaluating: 'busy',
  accepted: 'good', refused: 'bad', silent: 'warn', offline: 'warn',
};

/** Local training lies behind it. */
const TRAINED: ReadonlySet<InvitedWorker['state']> = new Set(['uploading', 'waiting', 'evaluating']);

/** @returns undefined while nothing is known of any round */
export function roundStatus(live: LiveState, record: Provenance | undefined): RoundStatus | undefined {
  const heard = live.round;
  // The record is read again after each event; until then the socket may know of a newer round than it.
  const known = record !== undefined && (heard === undefined || isSame(record, heard)) ? record : undefined;
  const base = heard ?? known;
  if (base === undefined) return undefined;
  const invited = base.cohort.map(({ contributor, name }) => invitedWorker(contributor, name, live, known, base));
  return {
    run: base.run, round: base.round, attempt: base.attempt, deadlineAtMs: base.deadlineAtMs, invited,
    accepted: invited.filter(({ state }) => state === 'accepted').length,
    steps: steps(live, heard, known),
  };
}

interface Attempt { readonly run: string; readonly round: number; readonly attempt: number }

function isSame(a: Attempt, b: Attempt): boolean {
  return a.run === b.run && a.round === b.round && a.attempt === b.attempt;
}

function invitedWorker(contributor: string, name: string, live: LiveState, record: Provenance | undefined, at: Attempt): InvitedWorker {
  const worker = live.workers.get(contributor);
  const progress = worker?.progress !== undefined && worker.progress.run === at.run && worker.progress.round === at.round ? worker.progress : undefined;
  const heard = live.round?.outcomes.get(contributor);
  const written = record?.contributions.find((one) => one.contributor === contributor);
  const outcome = heard?.outcome ?? (written === undefined || written.outcome === 'pending' ? undefined : written.outcome);
  const state = outcome ?? (worker?.online === false ? 'offline' : (progress?.phase ?? 'invited'));
  return {
    contributor, name, state,
    reason: heard?.reason ?? written?.reason ?? undefined,
    done: outcome === undefined && !TRAINED.has(state) ? (progress?.done ?? 0) : 1,
    imagesPerSecond: progress?.imagesPerSecond ?? metric(written?.metrics['imagesPerSecond']),
    loss: progress?.loss ?? metric(written?.metrics['loss']),
    accuracy: progress?.accuracy ?? metric(written?.metrics['accuracy']),
  };
}

function metric(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function steps(live: LiveState, heard: LiveRound | undefined, record: Provenance | undefined): RoundSteps {
  const hasFailed = heard?.failed !== undefined || record?.status === 'failed';
  const isClosed = heard?.closed !== undefined || record?.status === 'closed';
  const isMeasured = record !== undefined && record.evaluations.length > 0;
  const at = heard ?? record;
  const isSealed = (record?.block ?? null) !== null || (live.lastBlock?.rounds.some((one) => one.run === at?.run && one.round === at?.round) ?? false);
  const isSealing = live.sealing !== undefined && isClosed;
  const finished = hasFailed ? 'failed' : isClosed ? 'done' : 'next';
  return {
    invite: 'done',
    train: hasFailed ? 'failed' : isClosed ? 'done' : 'now',
    aggregate: finished,
    evaluate: isMeasured ? 'done' : isClosed ? 'now' : 'next',
    seal: isSealed ? 'done' : isSealing || isClosed ? 'now' : 'next',
  };
}
