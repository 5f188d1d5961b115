import type { EvaluateRequest, RoundInvite } from '@fedseal/protocol/worker-messages';
import { isEarlierRound, roundKeyText, sameRound, type RoundKey } from '../home/round-key.js';

/** One piece of work. A worker does one at a time. */
export type Task =
  | { readonly type: 'train'; readonly key: RoundKey; readonly invite: RoundInvite }
  /** Send a finished update (again). */
  | { readonly type: 'deliver'; readonly key: RoundKey }
  | { readonly type: 'evaluate'; readonly request: EvaluateRequest };

export interface AgendaState {
  readonly current: Task | undefined;
  readonly waiting: readonly Task[];
}

export type AgendaEvent =
  | { readonly type: 'invited'; readonly invite: RoundInvite }
  | { readonly type: 'undelivered'; readonly key: RoundKey }
  | { readonly type: 'evaluation-requested'; readonly request: EvaluateRequest }
  /** The coordinator closed the round, or gave its verdict: nothing is left to do for it. */
  | { readonly type: 'over'; readonly key: RoundKey; readonly reason: string }
  | { readonly type: 'finished' };

export type AgendaEffect =
  | { readonly type: 'begin'; readonly task: Task }
  | { readonly type: 'abort'; readonly reason: string }
  | { readonly type: 'ignore'; readonly code: string; readonly message: string };

export interface AgendaStep {
  readonly state: AgendaState;
  readonly effects: readonly AgendaEffect[];
}

export const EMPTY_AGENDA: AgendaState = { current: undefined, waiting: [] };

/**
 * What to do next. Invitations are taken one at a time and the newest wins: a newer one ends work on an older one, an older
 * one is ignored, the same one again changes nothing. Evaluations are all done, in order.
 */
export function stepAgenda(state: AgendaState, event: AgendaEvent): AgendaStep {
  switch (event.type) {
    case 'invited':
      return invited(state, event.invite);
    case 'undelivered': {
      const known = everyTask(state).some((task) => isFor(task, event.key));
      return known ? { state, effects: [] } : begin({ ...state, waiting: [...state.waiting, { type: 'deliver', key: event.key }] });
    }
    case 'evaluation-requested': {
      const known = everyTask(state).some((task) => task.type === 'evaluate' && sameEvaluation(task.request, event.request));
      if (known) return ignore(state, 'evaluation.in-progress', 'This evaluation is under way; the request changes nothing.');
      return begin({ ...state, waiting: [...state.waiting, { type: 'evaluate', request: event.request }] });
    }
    case 'over': {
      const waiting = state.waiting.filter((task) => !isFor(task, event.key));
      const aborts = state.current !== undefined && isFor(state.current, event.key);
      return { state: { ...state, waiting }, effects: aborts ? [{ type: 'abort', reason: event.reason }] : [] };
    }
    case 'finished':
      return begin({ ...state, current: undefined });
  }
}

function invited(state: AgendaState, invite: RoundInvite): AgendaStep {
  const { run, round, attempt } = invite;
  const key: RoundKey = { run, round, attempt };
  const text = roundKeyText(key);
  const rounds = everyTask(state).flatMap((task) => (task.type === 'train' ? [task] : []));
  if (rounds.some((task) => sameRound(task.key, key))) {
    return ignore(state, 'invite.in-progress', `The invitation to ${text} came again; work on it goes on.`);
  }
  const newer = rounds.find((task) => isEarlierRound(key, task.key));
  if (newer) return ignore(state, 'invite.superseded', `The invitation to ${text} is older than ${roundKeyText(newer.key)}.`);
  // At most one invitation waits, before anything that has less haste.
  const rest = state.waiting.filter((task) => task.type !== 'train' && !isFor(task, key));
  const step = begin({ ...state, waiting: [{ type: 'train', key, invite }, ...rest] });
  const { current } = state;
  const supersedes = current?.type === 'train' || (current?.type === 'deliver' && !sameRound(current.key, key));
  return supersedes ? { ...step, effects: [...step.effects, { type: 'abort', reason: 'superseded' }] } : step;
}

/** Begins the first waiting task when nothing is under way. */
function begin(state: AgendaState): AgendaStep {
  const [task, ...waiting] = state.waiting;
  if (state.current || !task) return { state, effects: [] };
  return { state: { current: task, waiting }, effects: [{ type: 'begin', task }] };
}

function everyTask(state: AgendaState): Task[] {
  return [...(state.current ? [state.current] : []), ...state.waiting];
}

function isFor(task: Task, key: RoundKey): boolean {
  return task.type !== 'evaluate' && sameRound(task.key, key);
}

function sameEvaluation(a: EvaluateRequest, b: EvaluateRequest): boolean {
  return a.run === b.run && a.round === b.round && a.model.sha256 === b.model.sha256;
}

function ignore(state: AgendaState, code: string, message: string): AgendaStep {
  return { state, effects: [{ type: 'ignore', code, message }] };
}
