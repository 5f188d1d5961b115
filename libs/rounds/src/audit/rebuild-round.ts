import { compareBytes, equalBytes, fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { rootOf } from '@fedseal/chain/tree/root-of';
import { ModelError } from '@fedseal/model/model-error';
import type { Strategy, StrategyPolicy } from '@fedseal/model/strategies/strategy';
import { checkRebuilt, readArtifact } from './audit-model.js';
import type { BlobSource } from './blob-source.js';

/** An attempt at a round whose leaves are being read. Keys of `commits` and `accepted` are commit leaf hashes. */
export interface OpenAttempt {
  readonly open: Payload<'round.open'>;
  readonly cohort: readonly string[];
  readonly strategy: Strategy;
  readonly policy: StrategyPolicy;
  readonly commits: Map<string, Payload<'update.commit'>>;
  readonly accepted: Set<string>;
}

type Close = Payload<'round.close'>['predicate'];

/**
 * Computes a round's model again from its stored base and updates and compares it with what is sealed.
 * @returns `not-kept` when the plan's retention let updates go @throws ChainError `audit.*`
 */
export async function rebuildRound(
  crypto: Crypto,
  blobs: BlobSource,
  attempt: OpenAttempt,
  close: Close,
  keepsUpdates: boolean,
): Promise<'reproduced' | 'not-kept'> {
  const { strategy, policy, open } = attempt;
  const accepted = [...attempt.accepted].sort((a, b) => compareBytes(fromHex(a), fromHex(b)));
  checkDeclared(crypto, attempt, accepted, close);
  const baseBytes = await blobs.required(open.base.sha256, `base model of round ${close.round}`);
  await blobs.required(close.model.sha256, `model of round ${close.round}`);
  const base = readArtifact(crypto, baseBytes, open.base, `The base of round ${close.round}`);
  const combiner = strategy.begin({ base, policy, grid: close.grid, state: strategy.initialState(base) });
  let complete = true;
  for (const commit of accepted) {
    const { update, examples } = attempt.commits.get(commit)!;
    const bytes = keepsUpdates
      ? await blobs.required(update.sha256, `update ${commit} of round ${close.round}`)
      : await blobs.optional(update.sha256);
    if (bytes === undefined) {
      complete = false;
      continue;
    }
    const deltas = readArtifact(crypto, bytes, update, `The update ${commit}`);
    foldOrRefuse(() => combiner.fold({ key: commit, deltas, weight: weigh(strategy, policy, examples) }), commit);
  }
  const weights = await blobs.required(close.weights.sha256, `weights of round ${close.round}`);
  checkWeights(attempt, accepted, weights, close);
  if (!complete) return 'not-kept';
  if (String(combiner.denominator) !== close.denominator) {
    throw new ChainError('audit.denominator', `Round ${close.round} seals the denominator ${close.denominator}, its weights give ${combiner.denominator}.`);
  }
  checkRebuilt(crypto, combiner.finish(base).model, close.model, 'audit.aggregate', `The aggregate of round ${close.round}`);
  return 'reproduced';
}

function checkDeclared(crypto: Crypto, attempt: OpenAttempt, accepted: readonly string[], close: Close): void {
  if (close.aggregator.name !== attempt.strategy.name) {
    throw new ChainError('audit.strategy', `Round ${close.round} was closed by ${close.aggregator.name}, the plan says ${attempt.strategy.name}.`);
  }
  for (const commit of accepted) {
    const contributor = attempt.commits.get(commit)?.contributor;
    if (contributor === undefined || !attempt.cohort.includes(contributor)) {
      throw new ChainError('audit.uninvited', `The update ${commit} counts in round ${close.round}, but its contributor was not drawn.`);
    }
  }
  const root = toHex(rootOf(crypto, accepted.map(fromHex)));
  if (accepted.length !== close.updates.count || root !== close.updates.root) {
    throw new ChainError('audit.updates', `Round ${close.round} does not commit to exactly the updates that were accepted.`);
  }
}

function checkWeights(attempt: OpenAttempt, accepted: readonly string[], sealed: Uint8Array, close: Close): void {
  const expected = accepted.map((commit) => ({
    commit,
    weight: weigh(attempt.strategy, attempt.policy, attempt.commits.get(commit)!.examples),
  }));
  if (!equalBytes(encodeCanonicalJson(expected), sealed)) {
    throw new ChainError('audit.weights', `The weights of round ${close.round} are not those its plan gives the accepted updates.`);
  }
}

function weigh(strategy: Strategy, policy: StrategyPolicy, examples: number): number {
  const weight = strategy.weightOf(examples, policy);
  if ('refused' in weight) throw new ChainError('audit.examples', `An update that declares ${examples} examples may not count: ${weight.refused}.`);
  return weight.weight;
}

function foldOrRefuse(fold: () => void, commit: string): void {
  try {
    fold();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ChainError('audit.update', `The update ${commit} was accepted but must be refused: ${error.message}`, {}, { cause: error });
  }
}
