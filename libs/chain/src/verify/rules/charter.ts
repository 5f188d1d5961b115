import { isKeyName } from '../../note/key-name.js';
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
  // Checkpoints are signed under the origin as the key's name.
  demand(isKeyName(payload.origin), 'charter.origin', 'The origin names a key in signed notes: it has no spaces and no plus sign.');
  const witnesses = payload.witnesses.keys.map((key) => newKey(key, context).keyId);
  demand(new Set(witnesses).size === witnesses.length, 'charter.witnesses', 'A witness is named once.');
  demand(payload.witnesses.quorum <= witnesses.length, 'charter.witnesses', 'The witness quorum is larger than the number of witnesses.');
  const floor = BigInt(payload.proofOfWork.floor);
  demand(floor >= 1n && floor < MAX_TRIES, 'charter.floor', 'The floor of the difficulty is at least 1 try and below 2^225.');
  demandSigners(leaf, context, signers);
  state.federation.set({ charter: payload, chainId: hash });
  const first = { ...operator, leaf: hash, index: context.index };
  state.operator.set(first);
  state.operators.set(first.keyId, first);
  state.usedKeys.set(operator.keyId, true);
};
