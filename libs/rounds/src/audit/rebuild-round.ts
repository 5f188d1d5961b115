import { compareBytes, equalBytes, fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { rootOf } from '@fedseal/chain/tree/root-of';
import { validateUpdate, type UpdateTensor } from '@fedseal/model/aggregate/validate-update';
import { ModelError } from '@fedseal/model/model-error';
import type { ModelTensor, Strategy } from '@fedseal/model/strategies/strategy';
import { sourceOf } from '@fedseal/model/strategies/update-source';
import type { Tensor, TensorShape } from '@fedseal/model/tensors';
import { checkRebuilt, readArtifact } from './audit-model.js';
import type { BlobSource } from './blob-source.js';

/** An attempt at a round whose leaves are being read. Keys of `commits` and `accepted` are commit leaf hashes. */
export interface OpenAttempt {
  readonly open: Payload<'round.open'>;
  readonly cohort: readonly string[];
  readonly strategy: Strategy;
  readonly model: readonly ModelTensor[];
  readonly commits: Map<string, Payload<'update.commit'>>;
  readonly accepted: Set<string>;
}

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

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
  const { strategy, open } = attempt;
  const accepted = [...attempt.accepted].sort((a, b) => compareBytes(fromHex(a), fromHex(b)));
  checkDeclared(crypto, attempt, accepted, close);
  const weights = accepted.map((commit) => ({ commit, weight: weigh(strategy, attempt.commits.get(commit)!.examples) }));
  const stored = {
    weights: await blobs.sealed(close.weights, `weights of round ${close.round}`),
    base: await blobs.required(open.base.sha256, `base model of round ${close.round}`),
    model: await blobs.required(close.model.sha256, `model of round ${close.round}`),
  };
  const base = readArtifact(crypto, stored.base, open.base, `The base of round ${close.round}`);
  const combiner = strategy.begin({ model: attempt.model, grid: close.grid, state: strategy.initialState(attempt.model) });
  const held = new Map<string, readonly Tensor[]>();
  let complete = true;
  for (const { commit, weight } of weights) {
    const { update } = attempt.commits.get(commit)!;
    const bytes = keepsUpdates
      ? await blobs.required(update.sha256, `update ${commit} of round ${close.round}`)
      : await blobs.optional(update.sha256);
    if (bytes === undefined) {
      complete = false;
      continue;
    }
    const deltas = readArtifact(crypto, bytes, update, `The update ${commit}`);
    refusing('audit.update', `The update ${commit} was accepted but must be refused`, () => combiner.fold({ key: commit, deltas, weight }));
    held.set(commit, deltas);
  }
  checkWeights(weights, stored.weights, close);
  const what = `The model of round ${close.round}`;
  if (!complete) {
    checkModel(base, readArtifact(crypto, stored.model, close.model, what), what);
    return 'not-kept';
  }
  const { model } = await refusingLater('audit.aggregate', `Round ${close.round} must not have closed`, () => combiner.finish(base, sourceOf((commit) => held.get(commit))));
  checkRebuilt(crypto, model, { stored: stored.model, sealed: close.model, rule: 'audit.aggregate', what });
  return 'reproduced';
}

function checkDeclared(crypto: Crypto, attempt: OpenAttempt, accepted: readonly string[], close: Close): void {
  if (close.aggregator.name !== attempt.strategy.name) {
    throw new ChainError('audit.strategy', `Round ${close.round} was closed by ${close.aggregator.name}, the plan says ${attempt.strategy.name}.`);
  }
  if (!equalBytes(encodeCanonicalJson(close.aggregator.parameters), encodeCanonicalJson(attempt.strategy.parameters))) {
    throw new ChainError('audit.parameters', `Round ${close.round} was closed with other parameters than its plan gives the strategy.`);
  }
  if (close.serverState !== null) {
    throw new ChainError('audit.server-state', `Round ${close.round} seals a server state, but ${attempt.strategy.name} keeps none.`);
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

interface Weighted {
  readonly commit: string;
  readonly weight: number;
}

function checkWeights(weights: readonly Weighted[], sealed: Uint8Array, close: Close): void {
  if (!equalBytes(encodeCanonicalJson(weights), sealed)) {
    throw new ChainError('audit.weights', `The weights of round ${close.round} are not those its plan gives the accepted updates.`);
  }
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  if (String(total) !== close.denominator) {
    throw new ChainError('audit.denominator', `Round ${close.round} seals the denominator ${close.denominator}, its weights give ${total}.`);
  }
}

/** What a model that cannot be rebuilt must be all the same: the next round's base. */
function checkModel(base: readonly TensorShape[], model: readonly UpdateTensor[], what: string): void {
  const verdict = validateUpdate(base, model, LARGEST_FLOAT32);
  if (verdict !== 'ok') throw new ChainError('audit.file', `${what} is no model over its base's tensors: ${verdict}.`);
}

function weigh(strategy: Strategy, examples: number): number {
  const weight = strategy.weightOf(examples);
  if ('refused' in weight) throw new ChainError('audit.examples', `An update that declares ${examples} examples may not count: ${weight.refused}.`);
  return weight.weight;
}

async function refusingLater<T>(rule: string, sentence: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return refusing(rule, sentence, () => {
      throw error;
    });
  }
}

/** A refusal by the model library is a lie of the leaf that says it was done. */
function refusing<T>(rule: string, sentence: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ChainError(rule, `${sentence}: ${error.message}`, {}, { cause: error });
  }
}
