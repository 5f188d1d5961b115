import { abandon } from './abandon.js';
import { unchanged } from './unchanged.js';
import type { AcceptedUpdate, RunEffect, RunState, Step } from './run-state.js';

/**
 * Decides whether the attempt is over: at the target, when nobody is left to wait for, or at the deadline once
 * everything that came in time is checked. Whoever was invited and sent nothing gets a verdict too.
 */
export function settle(state: RunState): Step {
  const updates = Object.values(state.updates);
  const checking = updates.some((update) => update.status === 'checking');
  const accepted = acceptedUpdates(state);
  const everyoneAnswered = updates.length === state.cohort.length;
  const over = accepted.length >= state.target || state.deadlinePassed || everyoneAnswered;
  if (!over || checking) return unchanged(state);
  if (accepted.length < state.rules.quorum) return abandon(state, 'below-quorum', silentVerdicts(state));
  return {
    state: { ...state, phase: 'aggregating' },
    effects: [
      ...silentVerdicts(state),
      { type: 'aggregate', round: state.round, attempt: state.attempt, accepted },
    ],
  };
}

/** In cohort order, so that replays list them alike; the aggregate itself does not depend on order. */
export function acceptedUpdates(state: RunState): AcceptedUpdate[] {
  return state.cohort.flatMap((contributor) => {
    const update = state.updates[contributor];
    return update?.status === 'accepted' ? [{ contributor, commit: update.commit, examples: update.examples }] : [];
  });
}

export function silentVerdicts(state: RunState): RunEffect[] {
  return state.cohort
    .filter((contributor) => state.updates[contributor] === undefined)
    .map((contributor) => ({
      type: 'record.verdict',
      round: state.round,
      attempt: state.attempt,
      contributor,
      commit: null,
      outcome: 'silent',
      reason: 'no-update',
    }));
}
