import { compareBytes, equalBytes, fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { decodeCanonicalJson, encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { rootOf } from '@fedseal/chain/tree/root-of';
import type { KeyWeight, Strategy } from '@fedseal/model/strategies/strategy';

export type Close = Payload<'round.close'>['predicate'];

/** An attempt at a round whose leaves are being read. Keys of `commits` and `accepted` are commit leaf hashes. */
export interface Gathered {
  readonly cohort: readonly string[];
  readonly strategy: Strategy;
  readonly commits: ReadonlyMap<string, Payload<'update.commit'>>;
  readonly accepted: ReadonlySet<string>;
}

/**
 * Holds what a `round.close` declares to the round's plan and leaves.
 * @returns the accepted updates in the order of their commits' hashes, weighed by what they declare
 * @throws ChainError `audit.strategy`, `audit.parameters`, `audit.uninvited`, `audit.updates`, `audit.examples`
 */
export function auditClosing(crypto: Crypto, { strategy, cohort, commits, accepted }: Gathered, close: Close): KeyWeight[] {
  const { round, aggregator } = close;
  if (aggregator.name !== strategy.name) {
    throw new ChainError('audit.strategy', `Round ${round} was closed by ${aggregator.name}, the plan says ${strategy.name}.`);
  }
  if (!equalBytes(encodeCanonicalJson(aggregator.parameters), encodeCanonicalJson(strategy.parameters))) {
    throw new ChainError('audit.parameters', `Round ${round} was closed with other parameters than its plan gives the strategy.`);
  }
  const keys = [...accepted].sort((a, b) => compareBytes(fromHex(a), fromHex(b)));
  for (const key of keys) {
    const contributor = commits.get(key)?.contributor;
    if (contributor === undefined || !cohort.includes(contributor)) {
      throw new ChainError('audit.uninvited', `The update ${key} counts in round ${round}, but its contributor was not drawn.`);
    }
  }
  if (keys.length !== close.updates.count || toHex(rootOf(crypto, keys.map(fromHex))) !== close.updates.root) {
    throw new ChainError('audit.updates', `Round ${round} does not commit to exactly the updates that were accepted.`);
  }
  return keys.map((key) => ({ key, weight: weigh(strategy, commits.get(key)!.examples) }));
}

function weigh(strategy: Strategy, examples: number): number {
  const weight = strategy.weightOf(examples);
  if ('refused' in weight) throw new ChainError('audit.examples', `An update that declares ${examples} examples may not count: ${weight.refused}.`);
  return weight.weight;
}

/** Holds the sealed list of weights and their sum to these. @throws ChainError `audit.weights`, `audit.denominator` */
export function checkWeights(weights: readonly KeyWeight[], sealed: Uint8Array, close: Close): void {
  if (!equalBytes(encodeCanonicalJson(weights.map(({ key, weight }) => ({ commit: key, weight }))), sealed)) {
    throw new ChainError('audit.weights', `The weights of round ${close.round} are not those its plan gives the accepted updates.`);
  }
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  if (String(total) !== close.denominator) {
    throw new ChainError('audit.denominator', `Round ${close.round} seals the denominator ${close.denominator}, its weights give ${total}.`);
  }
}

/**
 * What can be held of a choice whose updates are gone: each weighs as it declares or, not chosen, nothing.
 * @param weights of all, as if all were chosen @throws ChainError `json.*`, `audit.weights`, `audit.denominator`
 */
export function checkChoice(weights: readonly KeyWeight[], sealed: Uint8Array, close: Close): void {
  const rows = decodeCanonicalJson(sealed);
  const chosen = weights.map(({ key, weight }, n) => {
    const row = Array.isArray(rows) ? (rows[n] as { weight?: unknown } | null | undefined) : undefined;
    return { key, weight: row?.weight === 0 ? 0 : weight };
  });
  checkWeights(chosen, sealed, close);
}
