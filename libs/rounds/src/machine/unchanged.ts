import type { RunState, Step } from './run-state.js';

export function unchanged(state: RunState): Step {
  return { state, effects: [] };
}
