import { modelKey } from '../chain-state.js';
import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandOperator } from '../signers.js';

/** A run begins, under a name that no run had before. */
export const runCreateRule: Rule<'run.create'> = (leaf, context) => {
  const { state, hash } = context;
  const { run, initial } = leaf.payload;
  demand(!state.runs.has(run), 'run.create.name', `There is a run "${run}" already; choose another name.`);
  demandOperator(leaf, context);
  state.runs.set(run, {
    run, createLeaf: hash, create: leaf.payload, model: initial, closed: 0, attempts: 0, open: false, end: undefined,
  });
  state.models.set(modelKey(run, 0), initial.sha256);
};
