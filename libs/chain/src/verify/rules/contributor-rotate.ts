import type { Rule } from '../rule.js';
import { activeContributor, demandSigners, demandUnused, newKey } from '../signers.js';

/** A contributor's next key, signed by both. The new keyId is its name from here on; the old one is retired. */
export const contributorRotateRule: Rule<'contributor.rotate'> = (leaf, context) => {
  const { state, hash, index } = context;
  const old = activeContributor('contributor.rotate', leaf.payload.contributor, context);
  const next = newKey(leaf.payload.key, context);
  demandUnused('contributor.rotate', next, context);
  demandSigners(leaf, context, [old, next]);
  state.contributors.set(old.keyId, { ...old, status: 'rotated', endLeaf: hash, endIndex: index });
  state.contributors.set(next.keyId, { ...old, ...next, enrolLeaf: hash, enrolIndex: index });
  state.usedKeys.set(next.keyId, true);
};
