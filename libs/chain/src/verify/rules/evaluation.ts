import { modelKey } from '../chain-state.js';
import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { activeContributor, demandSigners } from '../signers.js';

/** A measurement of a run's model after a closed round; round 0 is the initial model. It may come after the run's end. */
export const evaluationRule: Rule<'evaluation'> = (leaf, context) => {
  const { run, round, model, evaluator } = leaf.payload;
  const { state } = context;
  const known = activeContributor('evaluation', evaluator, context);
  demand(state.runs.has(run), 'evaluation.run', `There is no run "${run}".`);
  const sealed = state.models.get(modelKey(run, round));
  demand(sealed !== undefined, 'evaluation.round', `Round ${round} of "${run}" is not closed.`);
  demand(sealed === model, 'evaluation.model', `Round ${round} of "${run}" made the model ${sealed}.`);
  demandSigners(leaf, context, [known]);
};
