import { finish } from './abandon.js';
import { unchanged } from './unchanged.js';
import type { ModelRef, RunEffect, RunState, Step } from './run-state.js';

/** The new model exists and `round.close` is accepted: measure it, and open the next round at once. */
export function aggregated(state: RunState, round: number, attempt: number, model: ModelRef): Step {
  if (state.phase !== 'aggregating' || state.round !== round || state.attempt !== attempt) return unchanged(state);
  const measured = state.rules.centralEvaluation || state.rules.federatedEvaluation === true;
  const evaluation: RunEffect[] = [
    { type: 'apply.retention', round },
    ...(measured ? [{ type: 'request.evaluation' as const, round, model }] : []),
  ];
  const closed: RunState = {
    ...state,
    model,
    closed: state.closed + 1,
    failures: 0,
    requested: null,
    cohort: [],
    target: 0,
    updates: {},
    deadlinePassed: false,
    evaluating: measured ? [...state.evaluating, round] : state.evaluating,
  };
  if (round >= state.rules.rounds) {
    const finished = finish({ ...closed, end: { outcome: 'completed', reason: 'all-rounds-closed' } });
    return { state: finished.state, effects: [...evaluation, ...finished.effects] };
  }
  if (state.requested === 'stop') {
    const stopped = finish({ ...closed, end: { outcome: 'stopped', reason: 'operator' } });
    return { state: stopped.state, effects: [...evaluation, ...stopped.effects] };
  }
  const next: RunState = { ...closed, phase: 'gathering', round: round + 1, attempt: 1 };
  if (state.requested === 'pause') return { state: { ...next, phase: 'paused' }, effects: evaluation };
  return {
    state: next,
    effects: [{ type: 'prepare.round' }, ...evaluation],
  };
}
