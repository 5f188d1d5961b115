import { toHex } from '../../bytes.js';
import type { Rule } from '../rule.js';
import { activeContributor, demandSigners, operatorOf } from '../signers.js';

/** Ends a key, by the operator or by the key itself. What it signed before stays. */
export const contributorRevokeRule: Rule<'contributor.revoke'> = (leaf, context) => {
  const contributor = activeContributor('contributor.revoke', leaf.payload.contributor, context);
  const bySelf = leaf.signatures.some(({ keyId }) => toHex(keyId) === contributor.keyId);
  demandSigners(leaf, context, [bySelf ? contributor : operatorOf(context)]);
  const { state, hash, index } = context;
  state.contributors.set(contributor.keyId, { ...contributor, status: 'revoked', endLeaf: hash, endIndex: index });
};
