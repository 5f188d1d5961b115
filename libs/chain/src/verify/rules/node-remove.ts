import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandOperator, newKey } from '../signers.js';

export const nodeRemoveRule: Rule<'node.remove'> = (leaf, context) => {
  const { state } = context;
  const { keyId } = newKey(leaf.payload.key, context);
  const node = state.nodes.get(keyId);
  demand(node?.status === 'added', 'node.remove.absent', `There is no node ${keyId} to remove.`);
  demandOperator(leaf, context);
  state.nodes.set(keyId, { ...node, status: 'removed' });
};
