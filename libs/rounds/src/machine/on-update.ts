import { settle } from './settle.js';
import { unchanged } from './unchanged.js';
import type { RunEffect, RunEvent, RunState, Step } from './run-state.js';

type Committed = Extract<RunEvent, { type: 'update.committed' }>;

/** A signed commit arrived. It is checked, or refused at once with a reason that is sealed. */
export function updateCommitted(state: RunState, event: Committed): Step {
  const { contributor, commit, examples } = event;
  const known = state.updates[contributor];
  if (known?.commit === commit && isCurrent(state, event)) return unchanged(state);
  const refusal = refusalAtCommit(state, event);
  if (refusal !== null) {
    return {
      state,
      effects: [verdict(event, contributor, commit, 'refused', refusal)],
    };
  }
  return {
    state: { ...state, updates: { ...state.updates, [contributor]: { commit, examples, status: 'checking' } } },
    effects: [{ type: 'check.update', contributor, commit }],
  };
}

function isCurrent(state: RunState, at: { round: number; attempt: number }): boolean {
  return at.round === state.round && at.attempt === state.attempt;
}

function refusalAtCommit(state: RunState, event: Committed): string | null {
  if (!isCurrent(state, event) || state.phase !== 'training') return 'late';
  if (!state.cohort.includes(event.contributor)) return 'not-invited';
  if (state.updates[event.contributor] !== undefined) return 'duplicate';
  if (state.deadlinePassed) return 'late';
  return null;
}

/** The file was read and checked. @param refusal a reason code, or null when it may be folded in. */
export function updateChecked(state: RunState, contributor: string, commit: string, refusal: string | null): Step {
  const known = state.updates[contributor];
  if (state.phase !== 'training' || known?.commit !== commit || known.status !== 'checking') return unchanged(state);
  const status = refusal === null ? 'accepted' : 'refused';
  const next: RunState = { ...state, updates: { ...state.updates, [contributor]: { ...known, status } } };
  const settled = settle(next);
  return {
    state: settled.state,
    effects: [verdict(state, contributor, commit, status, refusal ?? 'valid'), ...settled.effects],
  };
}

function verdict(
  at: { round: number; attempt: number },
  contributor: string,
  commit: string,
  outcome: 'accepted' | 'refused',
  reason: string,
): RunEffect {
  return { type: 'record.verdict', round: at.round, attempt: at.attempt, contributor, commit, outcome, reason };
}
