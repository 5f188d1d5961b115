import type { EvaluateRequest } from '@fedseal/protocol/worker-messages';
import { DEFAULT_BACK_OFF } from '../coordinator/back-off.js';
import { evaluateModel, type EvaluationParts, type FinishedEvaluation } from '../evaluation/evaluation.js';
import { isDuplicate, submitPatiently, type DeliveryParts } from '../rounds/delivery.js';
import type { InboxMessage } from '../session/inbox.js';

export interface EvaluatorParts {
  readonly evaluation: EvaluationParts;
  readonly submit: DeliveryParts['submit'];
  readonly random: () => number;
  readonly ended: AbortSignal;
  readonly note: (text: string) => void;
  readonly onFatal: (error: unknown) => void;
}

/** Measures each round's model on the test set, one after the other. */
export class VirtualEvaluator {
  private underWay: Promise<void> = Promise.resolve();
  private readonly waiting = new Set<string>();
  /** The newest, for a request that comes again. */
  private last: { readonly key: string; readonly result: FinishedEvaluation } | undefined;

  constructor(private readonly parts: EvaluatorParts) {}

  handle(message: InboxMessage): void {
    if (message.name !== 'evaluate') return;
    const request = message.data;
    const key = `${request.run}.${request.round}.${request.model.sha256}`;
    if (this.waiting.has(key)) return;
    this.waiting.add(key);
    this.underWay = this.underWay
      .then(() => this.evaluate(request, key))
      .catch((error: unknown) => {
        if (!this.parts.ended.aborted) this.parts.onFatal(error);
      })
      .finally(() => this.waiting.delete(key));
  }

  private async evaluate(request: EvaluateRequest, key: string): Promise<void> {
    const { evaluation, submit, random, ended, note } = this.parts;
    const result = this.last?.key === key ? this.last.result : await evaluateModel(evaluation, request, ended);
    this.last = { key, result };
    const answer = await submitPatiently({ submit, random, backOff: DEFAULT_BACK_OFF }, result.leaf, ended);
    evaluation.progress.phase(request, 'idle');
    if (!answer.ok && !isDuplicate(answer.code)) note(`evaluator: round ${request.round}, evaluation refused: ${answer.message} [${answer.code}]`);
  }
}
