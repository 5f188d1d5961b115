import { Injectable } from '@nestjs/common';
import type { Lineage, ModelView, Provenance } from '@fedseal/protocol/rest';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { ChainReader } from '../ledger/chain-reader.js';
import { CodedError } from '../observability/coded-error.js';
import type { StoredRound } from '../storage/ports/round.store.js';
import { RunStore, type StoredRun } from '../storage/ports/run.store.js';
import { RunReader } from './run-reader.js';
import { SealedLeaves, type LeafRef } from './sealed-leaves.js';

/** Answers "where does this come from": a round's record, and a model's way back to its initial weights. */
@Injectable()
export class ProvenanceReader {
  private readonly initials = new Map<string, Lineage['model']>();

  constructor(
    private readonly reader: RunReader,
    private readonly runs: RunStore,
    private readonly chain: ChainReader,
    private readonly sealed: SealedLeaves,
  ) {}

  /** @throws CodedError `run.not-found`, `round.not-found` */
  async round(run: string, round: number, attempt?: number): Promise<Provenance> {
    const stored = await this.reader.round(run, round, attempt);
    const view = await this.reader.roundView(stored);
    const contributions = await this.reader.contributions(stored);
    const cohort = await Promise.all(stored.cohort.map(async (contributor) => ({ contributor, name: await this.reader.name(contributor) })));
    const leaves: LeafRef[] = [
      view.opened,
      ...contributions.flatMap(({ commit, verdict }) => [commit, verdict].filter((leaf) => leaf !== null)),
      ...(view.closed ? [view.closed] : []),
      ...view.evaluations.map(({ leaf }) => leaf),
    ];
    const weights = contributions.flatMap(({ weight }) => (weight === null ? [] : [weight]));
    return {
      ...view,
      cohort,
      candidates: stored.candidatesSha256,
      contributions,
      weights: stored.weightsSha256,
      denominator: stored.weightsSha256 === null ? null : String(weights.reduce((sum, weight) => sum + weight, 0)),
      block: view.closed?.sealed ? { height: view.closed.sealed.height, hash: view.closed.sealed.hash } : null,
      proofs: await this.proofs(leaves),
    };
  }

  /** @throws CodedError `model.not-found` */
  async model(sha256: string): Promise<ModelView> {
    const produced = await this.reader.rounds.byModel(sha256);
    const initialOf = await this.initialOf(sha256);
    const artifact = produced[0]?.model ?? initialOf[0]?.artifact;
    if (artifact === undefined) throw modelNotFound(sha256);
    return {
      model: { ...artifact },
      producedBy: await Promise.all(
        produced.map(async ({ run, round, attempt, closeLeaf }) => ({ run, round, attempt, closed: await this.closed(closeLeaf) })),
      ),
      initialOf: initialOf.map(({ run }) => run.run),
    };
  }

  /**
   * Index of the sealed leaf that says where a model comes from: the round.close that produced it first or, for initial
   * weights, the run.create that brought them.
   * @throws CodedError `model.not-found`; `receipt.not-found` while no block seals that leaf
   */
  async originLeaf(sha256: string): Promise<number> {
    const produced = (await this.reader.rounds.byModel(sha256)).flatMap(({ closeLeaf }) => closeLeaf ?? []);
    const leaves = produced.length > 0 ? produced : (await this.initialOf(sha256)).map(({ run }) => run.createLeaf);
    if (leaves.length === 0) throw modelNotFound(sha256);
    const places = await Promise.all(leaves.map((leaf) => this.sealed.ref(leaf)));
    const indices = places.flatMap(({ sealed }) => (sealed === null ? [] : [sealed.index]));
    if (indices.length === 0) throw new CodedError('receipt.not-found', 'No block seals this model yet; ask again after the next block.');
    return Math.min(...indices);
  }

  /** @throws CodedError `model.not-found` */
  async lineage(sha256: string): Promise<Lineage> {
    const last = (await this.reader.rounds.byModel(sha256))[0];
    const initial = last === undefined ? (await this.initialOf(sha256))[0] : undefined;
    const run = last === undefined ? initial?.run : await this.reader.stored(last.run);
    if (run === undefined) throw modelNotFound(sha256);
    const steps: Lineage['steps'] = [];
    let base = last?.model ?? (initial?.artifact as Lineage['model']);
    const model = { ...base };
    const closedRounds = await this.closedRounds(run.run, last?.round ?? 0);
    for (let round = last?.round ?? 0; round >= 1; round -= 1) {
      const closed = closedRounds.get(round);
      if (closed?.model == null) throw new Error(`Round ${round} of ${run.run} has successors but is not closed.`);
      steps.push(await this.step(closed, closed.model));
      base = closed.base;
    }
    return {
      model,
      run: run.run,
      steps,
      initial: { model: { ...base }, plan: run.planSha256, created: await this.sealed.ref(run.createLeaf) },
    };
  }

  private async closedRounds(run: string, upTo: number): Promise<Map<number, StoredRound>> {
    const closed = new Map<number, StoredRound>();
    for (let after = 0; after < upTo; ) {
      const { rounds, next } = await this.reader.roundPage(run, after, 1000);
      for (const round of rounds) if (round.status === 'closed') closed.set(round.round, round);
      if (next === null) break;
      after = next;
    }
    return closed;
  }

  private async step(closed: StoredRound, model: Lineage['model']): Promise<Lineage['steps'][number]> {
    const weights = (await this.reader.contributions(closed)).flatMap(({ weight }) => (weight === null ? [] : [weight]));
    return {
      round: closed.round,
      attempt: closed.attempt,
      model,
      base: closed.base.sha256,
      contributors: weights.length,
      denominator: String(weights.reduce((sum, weight) => sum + weight, 0)),
      closed: await this.closed(closed.closeLeaf),
    };
  }

  private async closed(closeLeaf: string | null): Promise<LeafRef> {
    if (closeLeaf === null) throw new Error('A closed round has a round.close leaf.');
    return this.sealed.ref(closeLeaf);
  }

  private async initialOf(sha256: string): Promise<{ run: StoredRun; artifact: Lineage['model'] }[]> {
    const found: { run: StoredRun; artifact: Lineage['model'] }[] = [];
    for (const run of await this.runs.list({ limit: 10_000 })) {
      const artifact = this.initials.get(run.run) ?? (await this.initialModel(run));
      if (artifact.sha256 === sha256) found.push({ run, artifact: { ...artifact } });
    }
    return found;
  }

  /** It never changes, so each run is asked once. */
  private async initialModel(run: StoredRun): Promise<Lineage['model']> {
    const first = (await this.reader.rounds.list(run.run, { limit: 1 }))[0];
    const artifact = { ...(first?.base ?? (run.state as RunState).model) };
    this.initials.set(run.run, artifact);
    return artifact;
  }

  private async proofs(leaves: readonly LeafRef[]): Promise<Provenance['proofs']> {
    const indexes = leaves.flatMap(({ sealed }) => (sealed === null ? [] : [sealed.index]));
    const proofs = await Promise.all(indexes.map((index) => this.chain.inclusionProof(index)));
    return proofs.map(({ index, hash, treeSize, treeRoot, proof }) => ({ index, hash, treeSize, treeRoot, proof }));
  }
}

function modelNotFound(sha256: string): CodedError {
  return new CodedError('model.not-found', `No run began with or produced the model ${sha256}. Check the hash, or list the runs at /v1/runs.`);
}
