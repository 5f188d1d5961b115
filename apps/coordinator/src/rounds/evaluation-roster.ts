import { Injectable } from '@nestjs/common';
import type { Artifact } from '@fedseal/protocol/fields';
import type { RunPlan } from '@fedseal/protocol/plan';
import { WorkerChannel } from '../contributors/worker-channel.js';
import { Ledger } from '../ledger/ledger.js';
import type { StoredContributor } from '../storage/ports/contributor.store.js';
import type { StoredEvaluation } from '../storage/ports/round.store.js';
import { EvaluationStores } from './evaluation-stores.js';

/** `central`: by an evaluator on its test set. `federated`: by a contributor of the round on its own hold-out. */
export type EvaluationSource = 'central' | 'federated';

/** A closed round's model, who may measure it, and what came in so far. */
export interface MeasuredRound {
  readonly run: string;
  readonly round: number;
  readonly plan: RunPlan;
  readonly model: Artifact;
  /** keyIds whose updates are in the model, where the plan asks them to measure it; else nobody. */
  readonly contributors: ReadonlySet<string>;
  readonly evaluations: readonly StoredEvaluation[];
}

/** Says who measures a round's model, by the plan and the rows, and whether all that is waited for has come. */
@Injectable()
export class EvaluationRoster {
  /** Contributors that were online and did not take the request, by `run/round`: an end does not wait for them. */
  private readonly declined = new Map<string, Set<string>>();

  constructor(
    private readonly channel: WorkerChannel,
    private readonly ledger: Ledger,
    readonly stores: EvaluationStores,
  ) {}

  /** @returns undefined for a round that is not closed */
  async open(run: string, round: number): Promise<MeasuredRound | undefined> {
    const stored = await this.stores.runs.get(run);
    const closed = await this.stores.rounds.get(run, round);
    const model = closed?.model;
    if (stored === undefined || !model) return undefined;
    const plan = await this.stores.plans.load(stored);
    const updates = plan.evaluation.federated ? await this.stores.rounds.updates(run, round, closed.attempt) : [];
    const evaluations = await this.stores.rounds.evaluations(run, round);
    return {
      run, round, plan, model,
      contributors: new Set(updates.filter(({ outcome }) => outcome === 'accepted').map(({ contributor }) => contributor)),
      evaluations: evaluations.filter((each) => each.model === model.sha256),
    };
  }

  /** As what this key may measure the round's model; undefined: not at all. */
  sourceOf(measured: MeasuredRound, key: Pick<StoredContributor, 'keyId' | 'role'>): EvaluationSource | undefined {
    if (key.role === 'evaluator') return 'central';
    return measured.contributors.has(key.keyId) ? 'federated' : undefined;
  }

  /** Who is online and still has to be asked. */
  unasked(measured: MeasuredRound): string[] {
    const keys = [...this.channel.online('evaluator').map(({ keyId }) => keyId), ...[...measured.contributors].filter((keyId) => this.channel.isOnline(keyId))];
    return keys.filter((keyId) => !measured.evaluations.some(({ evaluator }) => evaluator === keyId));
  }

  /** Remembers whether a contributor took the request. One that is gone may come back and is waited for. */
  asked({ run, round }: MeasuredRound, keyId: string, taken: boolean): void {
    const key = `${run}/${round}`;
    const declined = this.declined.get(key) ?? new Set();
    if (taken || !this.channel.isOnline(keyId)) declined.delete(keyId);
    else declined.add(keyId);
    this.declined.set(key, declined);
  }

  /** Whether nobody is left to wait for: one evaluator, and every contributor that did not decline. */
  isComplete({ run, round, plan, contributors, evaluations }: MeasuredRound): boolean {
    const given = new Set(evaluations.map(({ evaluator }) => evaluator));
    const central = !plan.evaluation.central || [...given].some((evaluator) => !contributors.has(evaluator)) || !this.hasEvaluators();
    const declined = this.declined.get(`${run}/${round}`);
    return central && [...contributors].every((keyId) => given.has(keyId) || declined?.has(keyId));
  }

  /** The round is no longer awaited. */
  forget(run: string, round: number): void {
    this.declined.delete(`${run}/${round}`);
  }

  private hasEvaluators(): boolean {
    return this.channel.online('evaluator').length > 0 || this.ledger.sealedContributors('evaluator').size > 0;
  }
}
