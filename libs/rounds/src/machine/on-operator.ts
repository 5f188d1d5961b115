import { finish } from './abandon.js';
import { silentVerdicts } from './settle.js';
import { unchanged } from './unchanged.js';
import type { RunEffect, RunState, Step } from './run-state.js';

/**
 * Holds the run. An attempt whose updates are still coming in is given up; one that is already being aggregated
 * closes first.
 */
export function pause(state: RunState): Step {
  if (state.phase === 'aggregating') return unchanged({ ...state, requested: state.requested ?? 'pause' });
  if (state.phase !== 'gathering' && state.phase !== 'training') return unchanged(state);
  const left = leaveRound(state, 'paused', true);
  return { state: { ...left.state, phase: 'paused' }, effects: left.effects };
}

/** Goes on with a new attempt at the round that was given up. */
export function resume(state: RunState): Step {
  if (state.phase === 'aggregating' && state.requested === 'pause') return unchanged({ ...state, requested: null });
  if (state.phase !== 'paused') return unchanged(state);
  return { state: { ...state, phase: 'gathering' }, effects: [{ type: 'prepare.round' }] };
}

/** Ends the run for good with the last closed round's model. */
export function stop(state: RunState): Step {
  if (state.phase === 'aggregating') return unchanged({ ...state, requested: 'stop' });
  if (state.phase === 'ended' || state.phase === 'finishing') return unchanged(state);
  const left = leaveRound(state, 'stopped', false);
  const finished = finish({ ...left.state, end: { outcome: 'stopped', reason: 'operator' } });
  return { state: finished.state, effects: [...left.effects, ...finished.effects] };
}

function leaveRound(state: RunState, reason: string, willRetry: boolean): Step {
  if (state.phase !== 'training') return unchanged(state);
  const { round, attempt } = state;
  return {
    state: { ...state, attempt: attempt + 1, cohort: [], target: 0, updates: {}, deadlinePassed: false },
    effects: [
      ...uncheckedVerdicts(state),
      ...silentVerdicts(state),
      { type: 'abandon.round', round, attempt, reason, willRetry },
    ],
  };
}

/** Nobody will read an update of a round that was given up, and its contributor is told so. */
function uncheckedVerdicts(state: RunState): RunEffect[] {
  return Object.entries(state.updates)
    .filter(([, update]) => update.status === 'checking')
    .map(([contributor, update]) => ({
      type: 'record.verdict',
      round: state.round,
      attempt: state.attempt,
      contributor,
      commit: update.commit,
      outcome: 'refused',
      reason: 'round-abandoned',
    }));
}
