import { sameArtifact } from '../same-artifact.js';
import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandOperator } from '../signers.js';
import { liveRun } from '../lookup.js';

/** A run ends with the model of its last closed round; an attempt that is open then never closes. */
export const runEndRule: Rule<'run.end'> = (leaf, context) => {
  const { payload } = leaf;
  const run = liveRun('run.end', payload.run, context);
  demand(payload.rounds === run.closed, 'run.end.rounds', `The run closed ${run.closed} round(s), not ${payload.rounds}.`);
  demand(sameArtifact(payload.model, run.model), 'run.end.model', 'A run ends with the model of its last closed round.');
  demandOperator(leaf, context);
  context.state.runs.set(run.run, { ...run, open: false, end: payload });
};
