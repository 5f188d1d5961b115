import { finish } from './abandon.js';
import { unchanged } from './unchanged.js';
import type { RunState, Step } from './run-state.js';

/** The evaluations of a round are in, or were waited for long enough. */
export function evaluationDone(state: RunState, round: number): Step {
  if (!state.evaluating.includes(round)) return unchanged(state);
  const next: RunState = { ...state, evaluating: state.evaluating.filter((waiting) => waiting !== round) };
  return next.phase === 'finishing' ? finish(next) : unchanged(next);
}
