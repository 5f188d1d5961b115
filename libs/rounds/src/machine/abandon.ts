import type { RunEffect, RunState, Step } from './run-state.js';

/** Gives the attempt up: another one while retries are left, else the run fails with its last model safe. */
export function abandon(state: RunState, reason: string, verdicts: readonly RunEffect[]): Step {
  const { round, attempt } = state;
  const willRetry = state.failures < state.rules.retries;
  const cleared: RunState = { ...state, cohort: [], target: 0, updates: {}, deadlinePassed: false, failures: state.failures + 1 };
  const abandoned: RunEffect = { type: 'abandon.round', round, attempt, reason, willRetry };
  if (willRetry) {
    return {
      state: { ...cleared, phase: 'gathering', attempt: attempt + 1 },
      effects: [...verdicts, abandoned, { type: 'prepare.round' }],
    };
  }
  const ended = finish({ ...cleared, end: { outcome: 'failed', reason } });
  return { state: ended.state, effects: [...verdicts, abandoned, ...ended.effects] };
}

/** Ends the run now, or as soon as the evaluations it waits for are in. `state.end` says how. */
export function finish(state: RunState): Step {
  if (state.end === null) throw new Error('finish needs an outcome');
  if (state.evaluating.length > 0) return { state: { ...state, phase: 'finishing' }, effects: [] };
  return { state: { ...state, phase: 'ended' }, effects: [{ type: 'end.run', ...state.end }] };
}
