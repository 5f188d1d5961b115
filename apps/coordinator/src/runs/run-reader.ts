import { Injectable } from '@nestjs/common';
import type { Contribution, EvaluationView, RoundView, RunDetail, RunView } from '@fedseal/protocol/rest';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { PlanSource } from '../rounds/plan-source.js';
import { runNotFound } from '../rounds/run-driver.js';
import { CodedError } from '../observability/coded-error.js';
import { ContributorStore } from '../storage/ports/contributor.store.js';
import { RoundStore, type StoredEvaluation, type StoredRound, type StoredUpdate } from '../storage/ports/round.store.js';
import { RunStore, type RunStatus, type StoredRun } from '../storage/ports/run.store.js';
import { measurementOf } from './measurement.js';
import { SealedLeaves } from './sealed-leaves.js';

/** Runs and rounds as the REST interface shows them. */
@Injectable()
export class RunReader {
  constructor(
    private readonly runs: RunStore,
    readonly rounds: RoundStore,
    private readonly contributors: ContributorStore,
    private readonly plans: PlanSource,
    private readonly sealed: SealedLeaves,
  ) {}

  async list(page: { after?: string; limit: number; status?: RunStatus }): Promise<RunView[]> {
    const stored = await this.runs.list(page);
    return Promise.all(stored.map((run) => this.view(run)));
  }

  /** @throws CodedError `run.not-found` */
  async detail(run: string): Promise<RunDetail> {
    const stored = await this.stored(run);
    return { ...(await this.view(stored)), planDocument: await this.plans.load(stored) };
  }

  /** @throws CodedError `run.not-found` */
  async stored(run: string): Promise<StoredRun> {
    const stored = await this.runs.get(run);
    if (stored === undefined) throw runNotFound(run);
    return stored;
  }

  async view(stored: StoredRun): Promise<RunView> {
    const state = stored.state as RunState & { endLeaf?: string };
    return {
      run: stored.run,
      status: stored.status,
      phase: state.phase,
      reason: stored.reason,
      round: state.round,
      attempt: state.attempt,
      rounds: stored.rounds,
      closed: state.closed,
      model: { ...state.model },
      measured: await this.lastMeasured(stored.run),
      plan: { sha256: stored.planSha256 },
      createdAtMs: stored.createdAtMs,
      endedAtMs: stored.endedAtMs,
      created: await this.sealed.ref(stored.createLeaf),
      ended: state.endLeaf === undefined ? null : await this.sealed.ref(state.endLeaf),
    };
  }

  /** @throws CodedError `run.not-found`, `round.not-found` */
  async round(run: string, round: number, attempt?: number): Promise<StoredRound> {
    await this.stored(run);
    const stored = await this.rounds.get(run, round, attempt);
    if (stored === undefined) {
      throw new CodedError('round.not-found', `The run ${run} has not opened round ${round} yet. GET /v1/runs/${run}/rounds lists those it has.`);
    }
    return stored;
  }

  /**
   * Whole rounds: a page never ends between two attempts at one, so it may be shorter than `limit`, or longer where one
   * round alone has more attempts than that.
   */
  async roundPage(run: string, afterRound: number, limit: number): Promise<{ rounds: StoredRound[]; next: number | null }> {
    const rows = await this.rounds.list(run, { afterRound, limit: limit + 1 });
    const beyond = rows[limit];
    if (beyond === undefined) return { rounds: rows, next: null };
    const whole = rows.filter(({ round }) => round < beyond.round);
    if (whole.length > 0) return { rounds: whole, next: beyond.round - 1 };
    const attempts = await this.rounds.list(run, { afterRound, limit: 100_000 });
    return { rounds: attempts.filter(({ round }) => round === beyond.round), next: beyond.round };
  }

  async roundView(stored: StoredRound): Promise<RoundView> {
    const updates = await this.rounds.updates(stored.run, stored.round, stored.attempt);
    const evaluations = await this.evaluations(stored);
    const count = (outcome: StoredUpdate['outcome']) => updates.filter((update) => update.outcome === outcome).length;
    return {
      run: stored.run,
      round: stored.round,
      attempt: stored.attempt,
      status: stored.status,
      base: { ...stored.base },
      model: stored.model,
      invited: stored.cohort.length,
      accepted: count('accepted'),
      refused: count('refused'),
      silent: count('silent'),
      openedAtMs: stored.openedAtMs,
      deadlineAtMs: stored.deadlineAtMs,
      closedAtMs: stored.closedAtMs,
      evaluations,
      measured: measurementOf(evaluations),
      opened: await this.sealed.ref(stored.openLeaf),
      closed: stored.closeLeaf === null ? null : await this.sealed.ref(stored.closeLeaf),
    };
  }

  private async lastMeasured(run: string): Promise<RunView['measured']> {
    const round = await this.rounds.lastEvaluated(run);
    const stored = round === undefined ? undefined : await this.rounds.get(run, round);
    return stored === undefined ? null : { round: stored.round, ...measurementOf(await this.evaluations(stored)) };
  }

  private async evaluations({ run, round, model }: StoredRound): Promise<EvaluationView[]> {
    const stored = model === null ? [] : await this.rounds.evaluations(run, round);
    return Promise.all(stored.filter((each) => each.model === model?.sha256).map((each) => this.evaluation(each)));
  }

  private async evaluation({ evaluator, examples, metrics, leaf }: StoredEvaluation): Promise<EvaluationView> {
    const key = await this.contributors.get(evaluator);
    return {
      evaluator, examples, metrics,
      name: key?.name ?? evaluator.slice(0, 12),
      source: key?.role === 'contributor' ? 'federated' : 'central',
      leaf: await this.sealed.ref(leaf),
    };
  }

  async contributions(stored: StoredRound): Promise<Contribution[]> {
    const updates = await this.rounds.updates(stored.run, stored.round, stored.attempt);
    return Promise.all(updates.map((update) => this.contribution(update)));
  }

  async name(keyId: string): Promise<string> {
    return (await this.contributors.get(keyId))?.name ?? keyId.slice(0, 12);
  }

  private async contribution(update: StoredUpdate): Promise<Contribution> {
    const { run, round, attempt, contributor, outcome, reason, examples, weight, metrics, commit, verdictLeaf } = update;
    return {
      run, round, attempt, contributor, outcome, reason, examples, weight, metrics,
      name: await this.name(contributor),
      update: update.update,
      commit: commit === null ? null : await this.sealed.ref(commit),
      verdict: verdictLeaf === null ? null : await this.sealed.ref(verdictLeaf),
    };
  }
}
