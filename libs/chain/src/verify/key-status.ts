import type { ChainViews } from './leaf-rules.js';

/** What a key was at a place in the tree. */
export type KeyStatus = 'unknown' | 'operator' | 'former operator' | 'enrolled' | 'revoked' | 'rotated';

/**
 * What a key was when the leaf at `index` came: the state of the leaves before it. This is what a receipt by itself cannot tell.
 * @param views of a whole chain that was verified, where every leaf has its index
 * @param keyId hex; of an operator or a contributor (nodes come and go under one key, so only the leaves tell)
 */
export function keyStatusAt({ operators, contributors }: ChainViews, keyId: string, index: number): KeyStatus {
  const operator = operators.get(keyId);
  if (operator !== undefined) {
    if (!(place(operator.index) < index)) return 'unknown';
    const next = [...operators.values()].find((later) => place(later.index) > place(operator.index));
    return next !== undefined && place(next.index) < index ? 'former operator' : 'operator';
  }
  const contributor = contributors.get(keyId);
  if (contributor === undefined || !(place(contributor.enrolIndex) < index)) return 'unknown';
  if (contributor.status === 'enrolled' || !(place(contributor.endIndex) < index)) return 'enrolled';
  return contributor.status;
}

/** A leaf that is not sealed comes after every sealed one. */
function place(index: number | undefined): number {
  return index ?? Number.POSITIVE_INFINITY;
}
