import { ChainError } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import type { LeafKind } from '../leaf/kinds.js';
import type { ReadLeafOf } from '../leaf/read-leaf.js';
import type { BlockIndex } from './block-index.js';
import type { ChainState } from './chain-state.js';

export interface RuleContext {
  readonly crypto: Crypto;
  readonly state: ChainState;
  /** The leaf's hash, hex. */
  readonly hash: string;
  readonly blocks: BlockIndex;
  /** Place in the tree; undefined for a leaf that is not sealed yet. No rule may depend on it. */
  readonly index: number | undefined;
}

/** Checks a leaf of one kind and then makes the changes it means. @throws ChainError, with whatever state: the caller rolls back */
export type Rule<K extends LeafKind> = (leaf: ReadLeafOf<K>, context: RuleContext) => void;

/** @throws ChainError `rule` unless `condition` holds. */
export function demand(condition: boolean, rule: string, message: string): asserts condition {
  if (!condition) throw new ChainError(rule, message);
}
