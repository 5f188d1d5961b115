import { JournaledMap } from '../journal.js';
import { roundKey } from '../chain-state.js';
import { liveRun } from '../lookup.js';
import { demand } from '../rule.js';
import type { Rule } from '../rule.js';
import { sameArtifact } from '../same-artifact.js';
import { demandOperator } from '../signers.js';
import type { Payload } from '../../leaf/payloads.js';

/** Opens an attempt at the run's next round, from the run's current model, on a draw that a sealed block fixed. */
export const roundOpenRule: Rule<'round.open'> = (leaf, context) => {
  const { state, hash, blocks } = context;
  const { payload } = leaf;
  const { round, attempt, base, seed, cohort, policy } = payload;
  const run = liveRun('round.open', payload.run, context);
  demand(round === run.closed + 1, 'round.open.sequence', `The next round of "${run.run}" is ${run.closed + 1}, not ${round}.`);
  demand(attempt === run.attempts + 1, 'round.open.attempt', `The next attempt at round ${round} is ${run.attempts + 1}, not ${attempt}.`);
  demand(sameArtifact(base, run.model), 'round.open.base', "A round starts from the run's current model.");
  demand(
    seed.height <= blocks.newest && blocks.at(seed.height)?.hash === seed.blockHash,
    'round.open.seed',
    `The seed is not the hash of block ${seed.height}.`,
  );
  // A leaf is sealed by the block after the one that was newest when it was accepted, or one later when that search was
  // already running. An older seed would let the operator choose among draws.
  demand(seed.height >= state.linked.value - 1, 'round.open.seed-age', `Block ${seed.height} was not the newest when this round opened.`);
  demand(cohort.size <= state.trainers.value, 'round.open.cohort', 'More are invited than were ever enrolled.');
  demand(
    policy.quorum <= policy.target && policy.target <= cohort.size,
    'round.open.policy',
    'The quorum is at most the target, and the target at most the number invited.',
  );
  checkGrid(payload);
  demandOperator(leaf, context);
  state.runs.set(run.run, { ...run, attempts: attempt, open: true });
  state.rounds.set(roundKey(payload), {
    openLeaf: hash,
    opening: payload,
    commits: new JournaledMap(state.journal),
    accepted: new JournaledMap(state.journal),
    silent: new JournaledMap(state.journal),
    closeLeaf: undefined,
    closing: undefined,
  });
};

/**
 * No sum of accepted updates may leave the range where float64 adds integers exactly: A_max holds every weight that could
 * come, and s = 51 − ⌈log2 A_max⌉ − log2 B.
 */
function checkGrid({ grid, cohort, policy }: Payload<'round.open'>): void {
  demand(isPowerOfTwo(grid.bound), 'round.open.grid', `B must be a power of two, not ${grid.bound}.`);
  const heaviest = policy.weighting === 'uniform' ? 1n : BigInt(policy.examplesCap);
  const largest = BigInt(cohort.size) * heaviest;
  demand(BigInt(grid.aMax) >= largest, 'round.open.grid', `A_max must be at least ${largest}, the sum of the weights that could come.`);
  const s = 51 - bitLength(BigInt(grid.aMax) - 1n) - (bitLength(BigInt(grid.bound)) - 1);
  demand(grid.s === s, 'round.open.grid', `s must be ${s} for this B and A_max, not ${grid.s}.`);
}

function isPowerOfTwo(value: number): boolean {
  const exact = BigInt(value);
  return exact > 0n && (exact & (exact - 1n)) === 0n;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
