import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandSigners, demandUnused, newKey, operatorOf } from '../signers.js';

/** A key joins: signed by itself, which shows that somebody holds it, and by the operator. One invitation, one key. */
export const contributorEnrolRule: Rule<'contributor.enrol'> = (leaf, context) => {
  const { state, hash, index } = context;
  const { key, name, role, invitation } = leaf.payload;
  const known = newKey(key, context);
  demandUnused('contributor.enrol', known, context);
  demand(!state.invitations.has(invitation), 'contributor.enrol.invitation', 'This invitation has admitted a key already; ask for a new one.');
  demandSigners(leaf, context, [operatorOf(context), known]);
  state.contributors.set(known.keyId, {
    ...known, name, role, status: 'enrolled', enrolLeaf: hash, enrolIndex: index, line: known.keyId,
    endLeaf: undefined, endIndex: undefined, resource: undefined,
  });
  if (role === 'contributor') state.trainers.set(state.trainers.value + 1);
  state.invitations.set(invitation, true);
  state.usedKeys.set(known.keyId, true);
};
