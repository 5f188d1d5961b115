import { openedRound } from '../lookup.js';
import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { activeContributor, demandSigners } from '../signers.js';

/**
 * A contributor's update, with the head it verified before it trained. A commit may come after its attempt is over: the
 * chain keeps it, and its verdict can only refuse it.
 */
export const updateCommitRule: Rule<'update.commit'> = (leaf, context) => {
  const { blocks, hash } = context;
  const { payload } = leaf;
  const { base, examples, seen } = payload;
  const contributor = activeContributor('update.commit', payload.contributor, context);
  demand(contributor.role === 'contributor', 'update.commit.role', `${contributor.keyId} is enrolled as ${contributor.role}, not to train.`);
  const round = openedRound('update.commit', payload, context);
  const { opening } = round;
  demand(base === opening.base.sha256, 'update.commit.base', `The round trains from ${opening.base.sha256}, not ${base}.`);
  const cap = opening.policy.examplesCap;
  demand(examples <= cap, 'update.commit.examples', `At most ${cap} examples may be declared in this round, not ${examples}.`);
  const block = seen.height <= blocks.newest ? blocks.at(seen.height) : undefined;
  demand(
    block?.hash === seen.blockHash && block.treeSize === seen.treeSize && block.treeRoot === seen.treeRoot,
    'update.commit.seen',
    `The contributor verified another chain: its block ${seen.height} is not this chain's.`,
  );
  demandSigners(leaf, context, [contributor]);
  round.commits.set(hash, { payload, outcome: 'pending', reason: undefined });
};
