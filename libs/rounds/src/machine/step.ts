import { evaluationDone } from './on-evaluation.js';
import { aggregated } from './on-aggregated.js';
import { deadlineReached } from './on-deadline.js';
import { pause, resume, stop } from './on-operator.js';
import { roundOpened } from './on-round-opened.js';
import { updateChecked, updateCommitted } from './on-update.js';
import type { RunEvent, RunState, Step } from './run-state.js';

/**
 * The round machine: pure, total and idempotent. An event that no longer applies (a deadline of an earlier attempt, a
 * second copy of a check) leaves the state as it is, so at-least-once delivery is safe.
 */
export function step(state: RunState, event: RunEvent): Step {
  switch (event.type) {
    case 'round.opened':
      return roundOpened(state, event.cohort, event.target, event.deadlineAtMs);
    case 'update.committed':
      return updateCommitted(state, event);
    case 'update.checked':
      return updateChecked(state, event.contributor, event.commit, event.refusal);
    case 'deadline':
      return deadlineReached(state, event.round, event.attempt);
    case 'aggregated':
      return aggregated(state, event.round, event.attempt, event.model);
    case 'evaluated':
    case 'evaluation.timeout':
      return evaluationDone(state, event.round);
    case 'pause':
      return pause(state);
    case 'resume':
      return resume(state);
    case 'stop':
      return stop(state);
  }
}
