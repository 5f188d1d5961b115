import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandSigners, newKey } from '../signers.js';

/** Expected tries that a difficulty can express at most. */
const MAX_TRIES = 1n << 225n;

/** The genesis leaf: first and once, signed by the operator and every founder it names. */
export const charterRule: Rule<'charter'> = (leaf, context) => {
  const { state, hash } = context;
  const { payload } = leaf;
  demand(state.federation.value === undefined, 'charter.position', 'A chain has one charter, its first leaf.');
  const operator = newKey(payload.operator, context);
  const signers = [operator, ...payload.founders.map((key) => newKey(key, context))];
  demand(new Set(signers.map(({ keyId }) => keyId)).size === signers.length, 'charter.founders', 'The operator and the founders are different keys.');
  const witnesses = payload.witnesses.keys.map((key) => newKey(key, context).keyId);
  demand(new Set(witnesses).size === witnesses.length, 'charter.witnesses', 'A witness is named once.');
  demand(payload.witnesses.quorum <= witnesses.length, 'charter.witnesses', 'The witness quorum is larger than the number of witnesses.');
  const floor = BigInt(payload.proofOfWork.floor);
  demand(floor >= 1n && floor < MAX_TRIES, 'charter.floor', 'The floor of the difficulty is at least 1 try and below 2^225.');
  demandSigners(leaf, context, signers);
  state.federation.set({ charter: payload, chainId: hash });
  state.operator.set(operator);
  state.usedKeys.set(operator.keyId, true);
};
