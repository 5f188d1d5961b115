import { toHex } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import type { LeafKind } from '../leaf/kinds.js';
import type { Payload } from '../leaf/payloads.js';
import type { ReadLeaf } from '../leaf/read-leaf.js';
import type { BlockIndex } from './block-index.js';
import { ChainState } from './chain-state.js';
import type { Contributor, Node, OperatorKey, Round, Run } from './chain-state.js';
import { demand } from './rule.js';
import type { Rule, RuleContext } from './rule.js';
import { annotateRule } from './rules/annotate.js';
import { blockLinkRule } from './rules/block-link.js';
import { charterRule } from './rules/charter.js';
import { contributorEnrolRule } from './rules/contributor-enrol.js';
import { contributorRevokeRule } from './rules/contributor-revoke.js';
import { contributorRotateRule } from './rules/contributor-rotate.js';
import { evaluationRule } from './rules/evaluation.js';
import { nodeAddRule } from './rules/node-add.js';
import { nodeRemoveRule } from './rules/node-remove.js';
import { operatorRotateRule } from './rules/operator-rotate.js';
import { demandNoReplay } from './rules/replay.js';
import { resourceRegisterRule } from './rules/resource-register.js';
import { roundCloseRule } from './rules/round-close.js';
import { roundOpenRule } from './rules/round-open.js';
import { runCreateRule } from './rules/run-create.js';
import { runEndRule } from './rules/run-end.js';
import { updateCommitRule } from './rules/update-commit.js';
import { updateVerdictRule } from './rules/update-verdict.js';

const rules: { readonly [K in LeafKind]: Rule<K> } = {
  'charter': charterRule,
  'block.link': blockLinkRule,
  'operator.rotate': operatorRotateRule,
  'node.add': nodeAddRule,
  'node.remove': nodeRemoveRule,
  'contributor.enrol': contributorEnrolRule,
  'contributor.rotate': contributorRotateRule,
  'contributor.revoke': contributorRevokeRule,
  'resource.register': resourceRegisterRule,
  'run.create': runCreateRule,
  'run.end': runEndRule,
  'round.open': roundOpenRule,
  'update.commit': updateCommitRule,
  'update.verdict': updateVerdictRule,
  'round.close': roundCloseRule,
  'evaluation': evaluationRule,
  'annotate': annotateRule,
};

/** What the rules know after the leaves so far, to read only. Hashes and keyIds are hex. */
export interface ChainViews {
  readonly charter: Payload<'charter'> | undefined;
  /** Leaf hash of the charter. */
  readonly chainId: string | undefined;
  readonly operator: OperatorKey | undefined;
  /** Every key that was the operator's, by keyId, in order. */
  readonly operators: ReadonlyMap<string, OperatorKey>;
  /** By keyId, in order of enrolment; revoked and rotated ones too. */
  readonly contributors: ReadonlyMap<string, Contributor>;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly runs: ReadonlyMap<string, Run>;
  /** Attempts, by `roundKey({run, round, attempt})` of `chain-state.ts`. */
  readonly rounds: ReadonlyMap<string, Round>;
}

export interface LeafContext {
  readonly blocks: BlockIndex;
  /** Place in the tree, where known. */
  readonly index?: number;
}

/**
 * The rules of every leaf kind, from leaves and headers alone. A coordinator applies them to each leaf it accepts,
 * sealed or not; a verifier to the leaves of the tree in order. Both orders are the same but for the links.
 */
export class LeafRules {
  readonly #crypto: Crypto;
  readonly #state = new ChainState();
  readonly views: ChainViews;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
    this.views = viewsOf(this.#state);
  }

  /**
   * Checks a leaf and takes it into the state.
   * @param hash its leaf hash, 32 bytes
   * @throws ChainError naming the rule; the state is then what it was
   */
  apply(leaf: ReadLeaf, hash: Uint8Array, { blocks, index }: LeafContext): void {
    const { journal } = this.#state;
    const before = journal.position;
    try {
      this.#apply(leaf, { crypto: this.#crypto, state: this.#state, hash: toHex(hash), blocks, index });
    } catch (error) {
      journal.rollback(before);
      throw error;
    }
    journal.forget();
  }

  /** A place to come back to, for a caller whose own transaction may still fail. The last 16 are kept. */
  mark(): number {
    return this.#state.journal.mark();
  }

  /** Takes back every leaf applied since. @throws RangeError for a mark that is no longer kept */
  rollback(mark: number): void {
    this.#state.journal.rollback(mark);
  }

  #apply(leaf: ReadLeaf, context: RuleContext): void {
    if (leaf.kind !== 'charter') {
      const federation = this.#state.federation.value;
      demand(federation !== undefined, 'charter.missing', 'The first leaf of a chain is its charter.');
      if (leaf.kind !== 'block.link') {
        demand(leaf.payload.chain === federation.chainId, 'leaf.chain', `This leaf belongs to the chain ${leaf.payload.chain}.`);
      }
    }
    demandNoReplay(leaf, context);
    // `leaf.kind` picks the rule for this very leaf, which the compiler cannot follow through the table.
    (rules[leaf.kind] as Rule<LeafKind>)(leaf as never, context);
  }
}

function viewsOf(state: ChainState): ChainViews {
  return {
    get charter() { return state.federation.value?.charter; },
    get chainId() { return state.federation.value?.chainId; },
    get operator() { return state.operator.value; },
    operators: state.operators.entries,
    contributors: state.contributors.entries,
    nodes: state.nodes.entries,
    runs: state.runs.entries,
    rounds: state.rounds.entries,
  };
}
