import { settle } from './settle.js';
import { unchanged } from './unchanged.js';
import type { RunState, Step } from './run-state.js';

/** The declared deadline of an attempt. What was committed before it is still checked and counted. */
export function deadlineReached(state: RunState, round: number, attempt: number): Step {
  if (state.phase !== 'training' || state.round !== round || state.attempt !== attempt) return unchanged(state);
  return settle({ ...state, deadlinePassed: true });
}
