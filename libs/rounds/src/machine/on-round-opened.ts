import { unchanged } from './unchanged.js';
import type { RunState, Step } from './run-state.js';

/** The cohort is drawn and `round.open` accepted: invite, and let the deadline run. */
export function roundOpened(state: RunState, cohort: readonly string[], target: number, deadlineAtMs: number): Step {
  if (state.phase !== 'gathering') return unchanged(state);
  return {
    state: { ...state, phase: 'training', cohort, target, updates: {}, deadlinePassed: false },
    effects: [
      { type: 'schedule.deadline', round: state.round, attempt: state.attempt, atMs: deadlineAtMs },
      { type: 'invite', contributors: cohort },
    ],
  };
}
