import { fromHex, toHex } from '@fedseal/chain/bytes';
import { cohortRoot, cohortSeed, drawCohort } from '@fedseal/chain/cohort/draw-cohort';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { TestFederation, keyIdHex } from '@fedseal/chain/testing/test-federation.testing';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import { gridFor } from '@fedseal/model/aggregate/grid';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { createStrategy } from '@fedseal/model/strategies/create-strategy';
import type { StrategySpec } from '@fedseal/model/strategies/strategy-spec';
import type { RoundResult, Strategy } from '@fedseal/model/strategies/strategy';
import { sourceOf } from '@fedseal/model/strategies/update-source';
import type { Tensor } from '@fedseal/model/tensors';
import { rootOfTensors } from './audit-model.js';
import type { FindBlob } from './blob-source.js';
import type { AuditReport } from './audit-report.js';
import { RoundAuditor } from './round-auditor.js';

export const RUN = 'digits';
export const MODEL: ModelSpec = {
  name: 'tiny', inputShape: [3],
  layers: [{ type: 'dense', units: 2, activation: 'relu' }, { type: 'dense', units: 2, activation: 'softmax' }],
};
export const POLICY = { quorum: 1, deadlineSeconds: 60, weighting: 'examples', examplesCap: 1000 };

type Created = Omit<Payload<'run.create'>, 'chain'>;

export interface PlanChoice {
  readonly strategy: StrategySpec;
  readonly clip: { readonly norm: number };
  readonly weighting: 'examples' | 'uniform';
  readonly cohortSize: number | 'all';
  readonly retention: 'all' | 'hashes';
  /** Instead of the plan's bytes. */
  readonly plan: Uint8Array;
  /** Another initial model than the plan gives. */
  readonly initial: (honest: Tensor[]) => Tensor[];
  /** Of the leaf, beside what the plan says. */
  readonly change: (honest: Created) => Partial<Created>;
}

export interface OpeningLie {
  readonly list: (honest: CandidateList) => CandidateList;
  /** Keys that are invited instead of those drawn. */
  readonly cohort: (drawn: string[], candidates: string[]) => string[];
  readonly change: Partial<Payload<'round.open'>>;
}

export interface CandidateList {
  readonly candidates: string[];
  readonly skipped: { contributor: string; reason: string }[];
}

export interface ClosingLie {
  readonly model: (honest: Tensor[]) => Tensor[];
  readonly state: (honest: readonly Tensor[]) => readonly Tensor[];
  readonly weights: (honest: { commit: string; weight: number }[]) => unknown;
  readonly change: Partial<Payload<'round.close'>['predicate']>;
}

/** A chain whose files exist: real plans, models, updates and lists, each step of which can be a lie that no rule of leaves sees. */
export class AuditScene extends TestFederation {
  readonly blobs = new Map<string, Uint8Array>();
  readonly contributors: Signer[];
  private runLeaf = '';
  private strategy: Strategy = strategyOf({});
  private cohortSize: number | 'all' = 'all';
  private quorum = 1;
  /** Of the server, after the last round that closed. */
  private state: readonly Tensor[] | undefined;

  constructor(names = ['alice', 'bob', 'carol']) {
    super();
    this.contributors = names.map((name) => this.enrol(name));
    this.enrol('judge', 'evaluator');
    this.seal();
  }

  put(bytes: Uint8Array): { sha256: string; bytes: number } {
    const sha256 = toHex(nodeCrypto.sha256(bytes));
    this.blobs.set(sha256, bytes);
    return { sha256, bytes: bytes.length };
  }

  putTensors(tensors: readonly Tensor[]): Artifact {
    return { ...this.put(encodeSafetensors(tensors)), tensorRoot: rootOfTensors(nodeCrypto, tensors) };
  }

  plannedRun(choice: Partial<PlanChoice> = {}): void {
    const { weighting = 'examples', cohortSize = 'all', retention = 'all', clip, plan, initial = (honest) => honest, change = () => ({}) } = choice;
    const { strategy = { name: 'fedavg' } } = choice;
    this.strategy = strategyOf(choice);
    this.quorum = this.strategy.leastUpdates;
    this.cohortSize = cohortSize;
    const policy = { ...POLICY, quorum: this.quorum, weighting, clip };
    const created: Created = {
      run: RUN, plan: this.put(plan ?? planBytes({ strategy, policy, cohort: { size: cohortSize, minimum: 1 }, retention })),
      initial: this.putTensors(initial(initialTensors(MODEL, 5))), retention: { updates: retention, rounds: 0 },
    };
    this.runLeaf = this.add('run.create', { ...created, ...change(created) });
  }

  /** Opens the run's next attempt. @returns the invited, in rank order */
  openRound(lie: Partial<OpeningLie> = {}): Signer[] {
    const { body, signers } = this.openingOf(lie);
    this.add('round.open', body);
    return signers;
  }

  /** The body of `round.open`, accepted nowhere. */
  openingOf({ list = (honest) => honest, cohort = (drawn) => drawn, change = {} }: Partial<OpeningLie> = {}): { body: Omit<Payload<'round.open'>, 'chain'>; signers: Signer[] } {
    const { blockHash } = this.head();
    const honest = { candidates: this.contributors.map(keyIdHex).sort(), skipped: [] };
    const seed = cohortSeed(nodeCrypto, { blockHash: fromHex(blockHash), runLeafHash: fromHex(this.runLeaf), round: this.run(RUN).closed + 1 });
    const listed = list(honest);
    const size = this.cohortSize === 'all' ? listed.candidates.length : this.cohortSize;
    const invited = cohort(drawCohort(nodeCrypto, { seed, candidates: listed.candidates, size }), honest.candidates);
    const signers = invited.map((keyId) => this.contributors.find((signer) => keyIdHex(signer) === keyId)).filter((signer) => signer !== undefined);
    const body = {
      ...this.opening(RUN, signers),
      candidates: this.put(encodeCanonicalJson(listed)),
      cohort: { root: toHex(cohortRoot(nodeCrypto, invited)), size: invited.length },
      policy: { quorum: this.quorum, target: invited.length, deadlineMs: 60_000, weighting: this.strategy.weighting, examplesCap: 1000 },
      grid: gridFor({ bound: 8, aMax: this.strategy.largestWeightSum(invited.length) }),
      ...change,
    };
    return { body, signers };
  }

  /** An accepted update. @param change of its tensors, and of its commit */
  contribute(signer: Signer, change: { tensors?: (honest: Tensor[]) => Tensor[]; commit?: Partial<Payload<'update.commit'>> } = {}): string {
    const update = this.putTensors((change.tensors ?? ((honest) => honest))(deltasOf(keyIdHex(signer), this.round(RUN).opening.round)));
    const examples = 100 * (1 + this.contributors.indexOf(signer));
    const commit = this.add('update.commit', { ...this.update(RUN, signer, { update, examples }), ...change.commit }, [signer]);
    this.add('update.verdict', this.verdict(RUN, signer, commit));
    return commit;
  }

  /** Closes the open attempt over its accepted updates. */
  async closeRound(lie: Partial<ClosingLie> = {}): Promise<void> {
    const { state } = await this.combined();
    this.add('round.close', await this.closingOf(lie));
    this.state = state;
  }

  /** The body of `round.close`, accepted nowhere. */
  async closingOf(lie: Partial<ClosingLie> = {}): Promise<Omit<Payload<'round.close'>, 'chain'>> {
    const { model = (honest) => honest, state = (honest) => honest, weights = (honest) => honest, change = {} } = lie;
    const honest = await this.combined();
    const kept = state(honest.state);
    const body = this.closing(RUN, {
      model: this.putTensors(model(honest.model)),
      aggregator: { name: this.strategy.name, parameters: { ...this.strategy.parameters } },
      weights: this.put(encodeCanonicalJson(weights(honest.weights.map(({ key, weight }) => ({ commit: key, weight }))))),
      denominator: String(honest.denominator),
      serverState: kept.length === 0 ? null : this.put(encodeSafetensors(kept)).sha256,
      ...change,
    });
    return { ...body, subject: [{ name: 'model.safetensors', digest: { sha256: body.predicate.model.sha256 } }] };
  }

  /** The next round begins as the first did. */
  forgetState(): void {
    this.state = undefined;
  }

  /** What the open attempt's accepted updates give. */
  private async combined(): Promise<RoundResult> {
    const { opening, accepted, commits } = this.round(RUN);
    const model = tensorSpecs(MODEL);
    const combiner = this.strategy.begin({ model, grid: opening.grid, state: this.state ?? this.strategy.initialState(model) });
    const deltas = new Map([...accepted.entries.values()].map((commit) => [commit, this.tensors(commits.get(commit)!.payload.update.sha256)]));
    for (const [key, tensors] of deltas) {
      combiner.fold({ key, deltas: tensors, weight: this.strategy.weighting === 'uniform' ? 1 : commits.get(key)!.payload.examples });
    }
    return combiner.finish(this.tensors(opening.base.sha256), sourceOf((key) => deltas.get(key)));
  }

  /** An honest round, sealed. */
  async playAudited(): Promise<void> {
    for (const signer of this.openRound()) this.contribute(signer);
    await this.closeRound();
    this.seal();
  }

  auditor(find: FindBlob = (sha256) => Promise.resolve(this.blobs.get(sha256))): RoundAuditor {
    return new RoundAuditor(nodeCrypto, find, (key) => toHex(keyIdOf(nodeCrypto, fromHex(key))));
  }

  /** Verifies the sealed chain and rebuilds its rounds, as `fedseal audit` does. @throws ChainError */
  async audit(auditor = this.auditor()): Promise<AuditReport> {
    await verifyChain({ headers: this.headers, leaves: this.leaves }, nodeCrypto, {
      onLeaf: (leaf, { index, block, hash }) => auditor.visit(leaf, { index, block, hash: toHex(hash) }),
    });
    return auditor.report();
  }

  tensors(sha256: string): Tensor[] {
    return decodeSafetensors(this.blobs.get(sha256)!);
  }
}

/** Another value in the first place of the last tensor. */
export function changed(tensors: readonly Tensor[], value: (old: number) => number = (old) => old + 2 ** -20): Tensor[] {
  return tensors.map((tensor, n) => {
    if (n < tensors.length - 1) return tensor;
    const data = tensor.data.slice();
    data[0] = value(data[0]!);
    return { ...tensor, data };
  });
}

function strategyOf({ strategy = { name: 'fedavg' }, weighting = 'examples', clip }: Partial<PlanChoice>): Strategy {
  return createStrategy({ strategy, policy: { weighting, examplesCap: POLICY.examplesCap, clip } })!;
}

/** A plan's bytes. @param change of its fields */
export function planBytes(change: Record<string, unknown> = {}): Uint8Array {
  const plan = {
    name: RUN, model: MODEL, rounds: 3, seed: 5, strategy: { name: 'fedavg' }, policy: POLICY, cohort: { size: 'all', minimum: 1 }, retention: 'all', ...change,
  };
  return new TextEncoder().encode(JSON.stringify(plan));
}

function deltasOf(keyId: string, round: number): Tensor[] {
  const digest = fromHex(keyId);
  let at = 0;
  return initialTensors(MODEL, 0).map(({ name, shape, data }) => ({
    name, shape, data: data.map(() => (digest[at++ % digest.length]! - 127.5) / (4096 * round)),
  }));
}
