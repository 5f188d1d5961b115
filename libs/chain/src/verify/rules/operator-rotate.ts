import type { Rule } from '../rule.js';
import { demandSigners, demandUnused, newKey, operatorOf } from '../signers.js';

/** The operator's next key, signed by both; from here on the old one signs nothing. */
export const operatorRotateRule: Rule<'operator.rotate'> = (leaf, context) => {
  const next = newKey(leaf.payload.key, context);
  demandUnused('operator.rotate', next, context);
  demandSigners(leaf, context, [operatorOf(context), next]);
  const { state, hash, index } = context;
  const key = { ...next, leaf: hash, index };
  state.operator.set(key);
  state.operators.set(key.keyId, key);
  state.usedKeys.set(key.keyId, true);
};
