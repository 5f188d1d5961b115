import { fromHex, toHex } from '../../bytes.js';
import { sortedRootOf } from '../../tree/root-of.js';
import { modelKey, roundKey } from '../chain-state.js';
import type { Round } from '../chain-state.js';
import { isOpen, liveRun, openedRound } from '../lookup.js';
import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { demandOperator } from '../signers.js';
import type { Payload } from '../../leaf/payloads.js';

/** Names the new model and exactly the accepted updates that went into it. */
export const roundCloseRule: Rule<'round.close'> = (leaf, context) => {
  const { state, hash, crypto } = context;
  const { subject, predicate } = leaf.payload;
  const run = liveRun('round.close', predicate.run, context);
  const round = openedRound('round.close', predicate, context);
  const { opening, accepted } = round;
  demand(isOpen(predicate, context), 'round.close.open', `Round ${predicate.round}, attempt ${predicate.attempt} is not open.`);
  demand(predicate.base === opening.base.sha256, 'round.close.base', `The round was opened on ${opening.base.sha256}.`);
  const { s, bound, aMax } = opening.grid;
  const same = predicate.grid.s === s && predicate.grid.bound === bound && predicate.grid.aMax === aMax;
  demand(same, 'round.close.grid', 'The grid is the one that the round was opened with.');
  demand(subject[0].digest.sha256 === predicate.model.sha256, 'round.close.subject', 'The statement is about another file than its model.');
  const { quorum } = opening.policy;
  demand(accepted.size >= quorum, 'round.close.quorum', `${accepted.size} update(s) were accepted, fewer than the quorum of ${quorum}.`);
  demand(predicate.updates.count === accepted.size, 'round.close.count', `${accepted.size} update(s) were accepted, not ${predicate.updates.count}.`);
  const root = toHex(sortedRootOf(crypto, [...accepted.entries.values()].map(fromHex)));
  demand(predicate.updates.root === root, 'round.close.updates', 'The root is not that of the accepted commits.');
  checkDenominator(predicate, round);
  demandOperator(leaf, context);
  state.rounds.set(roundKey(predicate), { ...round, closeLeaf: hash, closing: leaf.payload });
  state.runs.set(run.run, { ...run, model: predicate.model, closed: run.closed + 1, attempts: 0, open: false });
  state.models.set(modelKey(run.run, predicate.round), predicate.model.sha256);
};

/** FedAvg by examples divides by the examples of all accepted updates, which the leaves tell. Other rules declare their own D. */
function checkDenominator({ aggregator, denominator }: Payload<'round.close'>['predicate'], round: Round): void {
  const declared = BigInt(denominator);
  demand(declared >= 1n, 'round.close.denominator', 'The denominator is at least 1.');
  if (aggregator.name !== 'fedavg' || round.opening.policy.weighting !== 'examples') return;
  let examples = 0n;
  for (const commit of round.accepted.entries.values()) examples += BigInt(round.commits.get(commit)?.payload.examples ?? 0);
  demand(declared === examples, 'round.close.denominator', `The accepted updates declare ${examples} examples, not ${denominator}.`);
}
