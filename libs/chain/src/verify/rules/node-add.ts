import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandOperator, newKey } from '../signers.js';

/** A mirror, miner or witness. A removed node may be added again; a key of an operator or contributor may not. */
export const nodeAddRule: Rule<'node.add'> = (leaf, context) => {
  const { state } = context;
  const { key, role, address } = leaf.payload;
  const known = newKey(key, context);
  demand(!state.usedKeys.has(known.keyId), 'node.add.key-used', `The key ${known.keyId} has been used already; make a new one.`);
  demand(state.nodes.get(known.keyId)?.status !== 'added', 'node.add.present', `The node ${known.keyId} is added already.`);
  demandOperator(leaf, context);
  state.nodes.set(known.keyId, { ...known, role, address, status: 'added' });
};
