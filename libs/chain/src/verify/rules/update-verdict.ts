import type { Round } from '../chain-state.js';
import { isOpen, openedRound } from '../lookup.js';
import { demand } from '../rule.js';
import type { Rule, RuleContext } from '../rule.js';
import { demandOperator } from '../signers.js';
import type { ReadLeafOf } from '../../leaf/read-leaf.js';

/**
 * What became of a commit, or of an invited contributor who sent none in time. One verdict each; a contributor is one through all its
 * rotations, so that no second key brings a second update.
 */
export const updateVerdictRule: Rule<'update.verdict'> = (leaf, context) => {
  const { payload } = leaf;
  const round = openedRound('update.verdict', payload, context);
  const contributor = context.state.contributors.get(payload.contributor);
  demand(contributor !== undefined, 'update.verdict.contributor', `${payload.contributor} was never enrolled.`);
  if (payload.outcome === 'silent') silent(leaf, round, contributor.line, context);
  else judged(leaf, round, contributor.line, context);
};

function silent(leaf: ReadLeafOf<'update.verdict'>, round: Round, line: string, context: RuleContext): void {
  const { commit, reason } = leaf.payload;
  demand(commit === null, 'update.verdict.commit', 'A silent contributor has no commit.');
  demand(!round.silent.has(line), 'update.verdict.repeated', 'This contributor was called silent already.');
  demand(!round.accepted.has(line), 'update.verdict.silent', 'A contributor whose update was accepted was not silent.');
  demandOperator(leaf, context);
  round.silent.set(line, reason);
}

function judged(leaf: ReadLeafOf<'update.verdict'>, round: Round, line: string, context: RuleContext): void {
  const { contributor, commit: commitHash, outcome, reason } = leaf.payload;
  const commit = commitHash === null ? undefined : round.commits.get(commitHash);
  demand(
    commitHash !== null && commit !== undefined && commit.payload.contributor === contributor,
    'update.verdict.commit',
    'The verdict names no commit of this contributor in this attempt.',
  );
  demand(commit.outcome === 'pending', 'update.verdict.repeated', `This commit was ${commit.outcome} already.`);
  if (outcome === 'accepted') {
    demand(isOpen(leaf.payload, context), 'update.verdict.late', 'An attempt that is over accepts no updates.');
    demand(!round.accepted.has(line), 'update.verdict.second', 'A contributor has one accepted update in an attempt.');
    demand(!round.silent.has(line), 'update.verdict.silent', 'This contributor was called silent in this attempt.');
    demand(round.accepted.size < round.opening.cohort.size, 'update.verdict.cohort', 'More updates are accepted than contributors were invited.');
  }
  demandOperator(leaf, context);
  round.commits.set(commitHash, { ...commit, outcome: outcome === 'accepted' ? 'accepted' : 'refused', reason });
  if (outcome === 'accepted') round.accepted.set(line, commitHash);
}
