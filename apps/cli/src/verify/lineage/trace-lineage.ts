import { toHex } from '@fedseal/chain/bytes';
import type { ChainViews } from '@fedseal/chain/verify/leaf-rules';
import type { ChainRecord, Place, Recorded, RecordedAttempt } from './chain-record.js';
import type { Naming } from './find-model.js';
import type { Lineage, LineageAttempt, LineageContribution, LineageEvaluation, LineageStep, Party, Sealed } from './lineage.js';
import { readWeights, type Weights } from './read-weights.js';

/**
 * Follows a model back, round by round, to the initial one.
 * @param blob files that the chain names, of which the weights are read
 * @throws ChainError when such a file does not have its digest
 */
export async function traceLineage(
  record: ChainRecord,
  views: ChainViews,
  { run, round }: Pick<Naming, 'run' | 'round'>,
  blob: (sha256: string) => Promise<Uint8Array | undefined>,
): Promise<Lineage> {
  return new LineageTrace(record, views, blob).of(run, round);
}

class LineageTrace {
  constructor(
    private readonly record: ChainRecord,
    private readonly views: ChainViews,
    private readonly blob: (sha256: string) => Promise<Uint8Array | undefined>,
  ) {}

  async of(run: string, round: number): Promise<Lineage> {
    const { create, attempts, end } = this.record.runs.get(run)!;
    const steps: LineageStep[] = [];
    for (let number = round; number >= 1; number--) {
      steps.push(await this.step(attempts.filter(({ open }) => open.payload.round === number)));
    }
    return {
      run,
      steps,
      initial: {
        model: create.payload.initial,
        plan: create.payload.plan.sha256,
        created: this.sealed(create.at),
        evaluations: this.evaluations(run, 0),
      },
      ended: end === undefined ? null : {
        outcome: end.payload.outcome, reason: end.payload.reason, rounds: end.payload.rounds, sealed: this.sealed(end.at),
      },
    };
  }

  /** @param attempts at one round, of which the rules let only one close */
  private async step(attempts: readonly RecordedAttempt[]): Promise<LineageStep> {
    const closing = attempts.find(({ close }) => close !== undefined)!;
    const { payload: close, at } = closing.close!;
    const weights = await readWeights(close.weights.sha256, this.blob);
    return {
      ...this.attempt(closing, weights),
      round: close.round,
      model: close.model,
      base: closing.open.payload.base,
      closed: this.sealed(at),
      aggregator: close.aggregator,
      denominator: close.denominator,
      weights: { sha256: close.weights.sha256, read: weights !== undefined },
      evaluations: this.evaluations(close.run, close.round),
      failedAttempts: attempts.filter((attempt) => attempt !== closing).map((attempt) => this.attempt(attempt, undefined)),
    };
  }

  private attempt({ open, commits, verdicts }: RecordedAttempt, weights: Weights | undefined): LineageAttempt {
    const judged = new Set(verdicts.map(({ payload }) => payload.commit));
    const answered = verdicts.map((verdict) => this.contribution(commits.find(({ at }) => at.hash === verdict.payload.commit), verdict, weights));
    const unanswered = commits.filter(({ at }) => !judged.has(at.hash)).map((commit) => this.contribution(commit, undefined, weights));
    return {
      attempt: open.payload.attempt,
      opened: this.sealed(open.at),
      invited: open.payload.cohort.size,
      policy: open.payload.policy,
      contributions: [...answered, ...unanswered],
    };
  }

  private contribution(
    commit: RecordedAttempt['commits'][number] | undefined,
    verdict: RecordedAttempt['verdicts'][number] | undefined,
    weights: Weights | undefined,
  ): LineageContribution {
    const counts = verdict?.payload.outcome === 'accepted';
    return {
      ...this.party((commit ?? verdict)!.payload.contributor),
      outcome: verdict?.payload.outcome ?? 'unanswered',
      reason: verdict?.payload.reason ?? null,
      examples: commit?.payload.examples ?? null,
      weight: (counts && commit !== undefined ? weights?.get(commit.at.hash) : undefined) ?? null,
      update: commit?.payload.update ?? null,
      metrics: commit?.payload.metrics ?? {},
      seen: commit?.payload.seen ?? null,
      commit: this.sealedOf(commit),
      verdict: this.sealedOf(verdict),
    };
  }

  private evaluations(run: string, round: number): LineageEvaluation[] {
    return this.record.evaluations
      .filter(({ payload }) => payload.run === run && payload.round === round)
      .map(({ payload, at }) => ({
        ...this.party(payload.evaluator), examples: payload.dataset.examples, metrics: payload.metrics, sealed: this.sealed(at),
      }));
  }

  private party(keyId: string): Party {
    const { name, publicKey } = this.views.contributors.get(keyId)!;
    return { keyId, name, key: toHex(publicKey) };
  }

  private sealed(at: Place): Sealed {
    const { hash: blockHash, timestampMs } = this.record.blocks[at.block]!;
    return { ...at, blockHash, timestampMs };
  }

  private sealedOf(recorded: Recorded<unknown> | undefined): Sealed | null {
    return recorded === undefined ? null : this.sealed(recorded.at);
  }
}
