import { toHex } from '../../bytes.js';
import type { LeafKind } from '../../leaf/kinds.js';
import type { ReadLeaf } from '../../leaf/read-leaf.js';
import { demand } from '../rule.js';
import type { RuleContext } from '../rule.js';

/** Kinds that one key may submit many times; what the others change cannot be done twice, or only after it was undone. */
const REPEATABLE: ReadonlySet<LeafKind> = new Set(['resource.register', 'update.commit', 'evaluation', 'annotate']);

/**
 * One submission is on the chain once, by (kind, payload hash, key). Not by the leaf's hash: another signature over the
 * same payload makes another leaf.
 * @throws ChainError `leaf.duplicate`
 */
export function demandNoReplay(leaf: ReadLeaf, { crypto, state }: RuleContext): void {
  if (!REPEATABLE.has(leaf.kind)) return;
  const payload = toHex(crypto.sha256(leaf.payloadBytes));
  for (const { keyId } of leaf.signatures) {
    const submission = `${leaf.kind}/${payload}/${toHex(keyId)}`;
    demand(!state.submissions.has(submission), 'leaf.duplicate', `This ${leaf.kind} by ${toHex(keyId)} is on the chain already.`);
    state.submissions.set(submission, true);
  }
}
