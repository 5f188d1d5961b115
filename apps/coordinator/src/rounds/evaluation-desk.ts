import { Injectable, type OnModuleInit } from '@nestjs/common';
import { toHex } from '@fedseal/chain/bytes';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { Ack } from '@fedseal/protocol/worker-messages';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { WorkerChannel, type OnlineWorker, type SubmittedLeaf } from '../contributors/worker-channel.js';
import { Ledger, type LedgerWrite } from '../ledger/ledger.js';
import { CodedError } from '../observability/coded-error.js';
import { refusalAck } from '../observability/refusal.js';
import { EvaluationRoster, type EvaluationSource, type MeasuredRound } from './evaluation-roster.js';
import { inBackground } from './in-background.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RoundSignals } from './round-signals.js';
import { RunDriver } from './run-driver.js';

/** Who measured, and as what. */
interface Measurer {
  readonly name: string;
  readonly source: EvaluationSource;
}

/** Asks evaluators, and where the plan says so the round's contributors, to measure each new model; takes their signed results. */
@Injectable()
export class EvaluationDesk implements OnModuleInit {
  constructor(
    private readonly channel: WorkerChannel,
    private readonly ledger: Ledger,
    private readonly roster: EvaluationRoster,
    private readonly driver: RunDriver,
    private readonly signals: RoundSignals,
    private readonly announcer: RoundAnnouncer,
  ) {}

  onModuleInit(): void {
    this.signals.on('evaluate', (run, round) => inBackground(`the evaluation of ${run} round ${round}`, this.request(run, round)));
    this.channel.onOnline((worker) => inBackground(`resuming ${worker.name}`, this.resume(worker)));
    this.channel.onLeaf('evaluation', (leaf) => this.take(leaf));
  }

  /** Pushes the request to everybody online who is to measure; where nobody is, there is nobody to wait for. */
  async request(run: string, round: number): Promise<void> {
    const measured = await this.roster.open(run, round);
    if (measured === undefined) return;
    await Promise.all(this.roster.unasked(measured).map((keyId) => this.push(keyId, measured)));
    await this.settle(run, round);
  }

  /** Stops waiting for a round's evaluations; one that comes later is still taken. @param inside further writes of the same transaction */
  async giveUp(run: string, round: number, inside?: (write: LedgerWrite) => Promise<void>): Promise<void> {
    this.roster.forget(run, round);
    await this.ledger.write(async (write) => {
      await this.driver.apply(write, run, { type: 'evaluation.timeout', round });
      await inside?.(write);
    });
  }

  private async resume(worker: OnlineWorker): Promise<void> {
    for (const { run, state } of await this.roster.stores.runs.list({ limit: 1000, status: 'running' })) {
      for (const round of (state as RunState).evaluating) {
        const measured = await this.roster.open(run, round);
        if (measured === undefined || !this.roster.unasked(measured).includes(worker.keyId)) continue;
        await this.push(worker.keyId, measured);
        await this.settle(run, round);
      }
    }
  }

  private async push(keyId: string, measured: MeasuredRound): Promise<void> {
    const { run, round, model, plan } = measured;
    const taken = await this.channel.requestEvaluation(keyId, { run, round, model, spec: plan.model, training: plan.training });
    this.roster.asked(measured, keyId, taken);
  }

  /**
   * Lets the run go on once nobody is left to wait for. Looks after the evaluation's own transaction: of two that come at
   * once, the later one sees both.
   */
  private async settle(run: string, round: number): Promise<void> {
    const measured = await this.roster.open(run, round);
    if (measured === undefined || !this.roster.isComplete(measured)) return;
    this.roster.forget(run, round);
    await this.ledger.write(async (write) => void (await this.driver.apply(write, run, { type: 'evaluated', round })));
  }

  private async take(submitted: SubmittedLeaf): Promise<Ack> {
    const leaf = readLeaf(submitted.bytes);
    if (leaf.kind !== 'evaluation') throw new Error('only evaluation is routed here');
    const payload: Payload<'evaluation'> = leaf.payload;
    const hash = toHex(leafHash(nodeCrypto, submitted.bytes));
    if (payload.evaluator !== submitted.contributor) {
      return refuse('evaluation.wrong-key', 'This evaluation names another key. Sign it with the key of this session.');
    }
    const admitted = await this.admit(payload);
    if ('ok' in admitted) return admitted;
    try {
      await this.accept(submitted.bytes, hash, payload, admitted);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'leaf.duplicate') return { ok: true, leafHash: hash };
      return refusalAck(error);
    }
    inBackground(`counting the evaluations of ${payload.run} round ${payload.round}`, this.settle(payload.run, payload.round));
    return { ok: true, leafHash: hash };
  }

  /** Who was not admitted to judge must not set the figure that a run is known by. @returns the answer for one that is not to be accepted */
  private async admit({ run, round, model, evaluator }: Payload<'evaluation'>): Promise<Measurer | Ack> {
    const key = await this.roster.stores.contributors.get(evaluator);
    const measured = await this.roster.open(run, round);
    const source = key && measured && this.roster.sourceOf(measured, key);
    if (key?.role !== 'evaluator' && source === undefined) {
      return measured?.plan.evaluation.federated
        ? refuse('evaluation.not-asked', `Round ${round} of ${run} is measured by evaluators and by the contributors whose updates are in its model; this key is neither.`)
        : refuse('evaluation.not-evaluator', `Only a worker that was invited as an evaluator may submit evaluations of ${run}: its plan does not ask contributors.`);
    }
    if (measured?.model.sha256 !== model) {
      return refuse('evaluation.other-model', `Round ${round} of ${run} did not produce this model. Evaluate the model you were asked to.`);
    }
    const given = measured.evaluations.find((other) => other.evaluator === evaluator);
    return given ? { ok: true, leafHash: given.leaf } : { name: key!.name, source: source! };
  }

  private async accept(bytes: Uint8Array, hash: string, payload: Payload<'evaluation'>, { name, source }: Measurer): Promise<void> {
    const { run, round, model, evaluator, metrics } = payload;
    const examples = payload.dataset.examples;
    await this.ledger.write(async (write) => {
      await write.accept(bytes);
      await this.roster.stores.rounds.saveEvaluation(write.tx, { run, round, model, evaluator, examples, metrics, leaf: hash });
      write.afterCommit(() => {
        this.announcer.reach('evaluation.after-accept');
        const accuracy = Number(metrics['accuracy'] ?? Number.NaN);
        const loss = Number(metrics['loss'] ?? Number.NaN);
        if (Number.isFinite(accuracy) && Number.isFinite(loss)) {
          this.announcer.events.publish({ name: 'round.evaluated.v1', data: { run, round, model, accuracy, loss, examples, evaluator, name, source } });
        }
      });
    });
  }
}

function refuse(code: string, message: string): Extract<Ack, { ok: false }> {
  return { ok: false, code, message };
}
