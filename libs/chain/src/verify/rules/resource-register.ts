import type { Rule } from '../rule.js';
import { activeContributor, demandSigners } from '../signers.js';

/** Compute that a contributor offers; the last one counts. */
export const resourceRegisterRule: Rule<'resource.register'> = (leaf, context) => {
  const contributor = activeContributor('resource.register', leaf.payload.contributor, context);
  demandSigners(leaf, context, [contributor]);
  context.state.contributors.set(contributor.keyId, { ...contributor, resource: leaf.payload });
};
