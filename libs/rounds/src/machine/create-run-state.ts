import type { ModelRef, RunRules, Step } from './run-state.js';

/** The state of a run whose plan was just accepted: it gathers contributors for round 1 from the initial model. */
export function createRunState(rules: RunRules, initial: ModelRef): Step {
  return {
    state: {
      phase: 'gathering',
      rules,
      round: 1,
      attempt: 1,
      model: initial,
      failures: 0,
      requested: null,
      closed: 0,
      cohort: [],
      target: 0,
      updates: {},
      deadlinePassed: false,
      evaluating: [],
      end: null,
    },
    effects: [{ type: 'prepare.round' }],
  };
}
