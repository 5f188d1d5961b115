import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandSigners } from '../signers.js';

/** A correction or remark by any key in force: nothing on the chain is ever deleted. The subject is any hash. */
export const annotateRule: Rule<'annotate'> = (leaf, context) => {
  const { state } = context;
  const { author } = leaf.payload;
  const operator = state.operator.value;
  const contributor = state.contributors.get(author);
  const node = state.nodes.get(author);
  const signer = operator?.keyId === author ? operator
    : contributor?.status === 'enrolled' ? contributor
    : node?.status === 'added' ? node
    : undefined;
  demand(signer !== undefined, 'annotate.author', `The key ${author} is not in force.`);
  demandSigners(leaf, context, [signer]);
};
