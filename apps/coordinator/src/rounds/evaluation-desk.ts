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
import { RoundAnnouncer } from './round-announcer.js';
import { RoundSignals } from './round-signals.js';
import { RunDriver } from './run-driver.js';
import { inBackground } from './in-background.js';
import { EvaluationStores } from './evaluation-stores.js';

/** Asks evaluators to measure each new model and takes their signed results. */
@Injectable()
export class EvaluationDesk implements OnModuleInit {
  constructor(
    private readonly channel: WorkerChannel,
    private readonly ledger: Ledger,
    private readonly stores: EvaluationStores,
    private readonly driver: RunDriver,
    private readonly signals: RoundSignals,
    private readonly announcer: RoundAnnouncer,
  ) {}

  onModuleInit(): void {
    this.signals.on('evaluate', (run, round) => inBackground(`the evaluation of ${run} round ${round}`, this.request(run, round)));
    this.channel.onOnline((worker) => inBackground(`resuming ${worker.name}`, this.resume(worker)));
    this.channel.onLeaf('evaluation', (leaf) => this.take(leaf));
  }

  /** Pushes the request to every evaluator online; without any enrolled there is nobody to wait for. */
  async request(run: string, round: number): Promise<void> {
    if (this.channel.online('evaluator').length === 0 && this.ledger.sealedContributors('evaluator').size === 0) {
      await this.giveUp(run, round);
      return;
    }
    await Promise.all(this.channel.online('evaluator').map((worker) => this.push(worker.keyId, run, round)));
  }

  /** Stops waiting for an evaluation. @param inside further writes of the same transaction */
  async giveUp(run: string, round: number, inside?: (write: LedgerWrite) => Promise<void>): Promise<void> {
    await this.ledger.write(async (write) => {
      await this.driver.apply(write, run, { type: 'evaluation.timeout', round });
      await inside?.(write);
    });
  }

  private async resume(worker: OnlineWorker): Promise<void> {
    if (worker.role !== 'evaluator') return;
    for (const { run, state } of await this.stores.runs.list({ limit: 1000, status: 'running' })) {
      for (const round of (state as RunState).evaluating) await this.push(worker.keyId, run, round);
    }
  }

  private async push(keyId: string, run: string, round: number): Promise<void> {
    const stored = await this.stores.runs.get(run);
    const closed = await this.stores.rounds.get(run, round);
    if (stored === undefined || !closed?.model) return;
    const plan = await this.stores.plans.load(stored);
    await this.channel.requestEvaluation(keyId, { run, round, model: closed.model, spec: plan.model, training: plan.training });
  }

  private async take(submitted: SubmittedLeaf): Promise<Ack> {
    const leaf = readLeaf(submitted.bytes);
    if (leaf.kind !== 'evaluation') throw new Error('only evaluation is routed here');
    const payload: Payload<'evaluation'> = leaf.payload;
    const hash = toHex(leafHash(nodeCrypto, submitted.bytes));
    if (payload.evaluator !== submitted.contributor) {
      return { ok: false, code: 'evaluation.wrong-key', message: 'This evaluation names another key. Sign it with the key of this session.' };
    }
    const refusal = await this.refusal(payload);
    if (refusal !== undefined) return refusal;
    try {
      await this.accept(submitted.bytes, hash, payload);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'leaf.duplicate') return { ok: true, leafHash: hash };
      return refusalAck(error);
    }
    return { ok: true, leafHash: hash };
  }

  /** Who was not admitted to judge must not set the figure that a run is known by. */
  private async refusal({ run, round, model, evaluator }: Payload<'evaluation'>): Promise<Ack | undefined> {
    if ((await this.stores.contributors.get(evaluator))?.role !== 'evaluator') {
      return { ok: false, code: 'evaluation.not-evaluator', message: 'Only a worker that was invited as an evaluator may submit evaluations.' };
    }
    const closed = await this.stores.rounds.get(run, round);
    if (closed?.model?.sha256 !== model) {
      return { ok: false, code: 'evaluation.other-model', message: `Round ${round} of ${run} did not produce this model. Evaluate the model you were asked to.` };
    }
    const given = (await this.stores.rounds.evaluations(run, round)).find((other) => other.evaluator === evaluator && other.model === model);
    return given && { ok: true, leafHash: given.leaf };
  }

  private async accept(bytes: Uint8Array, hash: string, payload: Payload<'evaluation'>): Promise<void> {
    const { run, round, model, evaluator, metrics } = payload;
    const examples = payload.dataset.examples;
    await this.ledger.write(async (write) => {
      await write.accept(bytes);
      await this.stores.rounds.saveEvaluation(write.tx, { run, round, model, evaluator, examples, metrics, leaf: hash });
      await this.driver.apply(write, run, { type: 'evaluated', round });
      write.afterCommit(() => {
        this.announcer.reach('evaluation.after-accept');
        const accuracy = Number(metrics['accuracy'] ?? Number.NaN);
        const loss = Number(metrics['loss'] ?? Number.NaN);
        if (Number.isFinite(accuracy) && Number.isFinite(loss)) {
          this.announcer.events.publish({ name: 'round.evaluated.v1', data: { run, round, model, accuracy, loss, examples } });
        }
      });
    });
  }
}
